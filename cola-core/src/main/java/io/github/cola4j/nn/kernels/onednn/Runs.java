package io.github.cola4j.nn.kernels.onednn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** Runs what was compiled, in one thread. */
final class Runs {
  private final dnnl_stream stream;
  private final Map<MatMul, Run> runs = new HashMap<>();
  private BytePointer scratchpad = new BytePointer(1);

  /** The memory objects of one compiled multiplication in this thread; null what it has not. */
  private record Run(
      dnnl_memory source,
      dnnl_memory weight,
      dnnl_memory scales,
      dnnl_memory target,
      dnnl_memory scratchpad,
      dnnl_exec_arg_t arguments,
      int count) {}

  Runs() {
    dnnl_stream made = OneDnn.newStream();
    this.stream = made;
    Natives.whenUnreachable(this, () -> dnnl.dnnl_stream_destroy(made));
  }

  /**
   * Runs it once; none of the pointers has a position.
   *
   * @param w null for a conversion
   * @param scales null where nothing is scaled
   */
  void run(MatMul compiled, Pointer x, Pointer w, Pointer scales, Pointer y) {
    scratchpad = atLeast(scratchpad, compiled.scratchpadBytes());
    Run run = runs.computeIfAbsent(compiled, Runs::prepare);
    point(run.source, x);
    point(run.weight, w);
    point(run.scales, scales);
    point(run.target, y);
    point(run.scratchpad, scratchpad);
    OneDnn.check(
        dnnl.dnnl_primitive_execute(compiled.primitive(), stream, run.count, run.arguments),
        "dnnl_primitive_execute");
  }

  private static void point(dnnl_memory memory, Pointer to) {
    if (memory != null) {
      OneDnn.check(dnnl.dnnl_memory_set_data_handle(memory, to), "dnnl_memory_set_data_handle");
    }
  }

  private static Run prepare(MatMul compiled) {
    boolean conversion = compiled.weight() == null;
    List<Integer> names = new ArrayList<>();
    List<dnnl_memory> memories = new ArrayList<>();
    dnnl_memory source = memory(compiled.source());
    add(conversion ? dnnl.DNNL_ARG_FROM : dnnl.DNNL_ARG_SRC, source, names, memories);
    dnnl_memory weight = memory(compiled.weight());
    add(dnnl.DNNL_ARG_WEIGHTS, weight, names, memories);
    dnnl_memory scales = memory(compiled.scales());
    int scaled = conversion ? dnnl.DNNL_ARG_FROM : dnnl.DNNL_ARG_WEIGHTS;
    add(dnnl.DNNL_ARG_ATTR_SCALES | scaled, scales, names, memories);
    dnnl_memory target = memory(compiled.target());
    add(conversion ? dnnl.DNNL_ARG_TO : dnnl.DNNL_ARG_DST, target, names, memories);
    dnnl_memory working = memory(compiled.scratchpad());
    add(dnnl.DNNL_ARG_SCRATCHPAD, working, names, memories);
    dnnl_exec_arg_t arguments = new dnnl_exec_arg_t(memories.size());
    for (int i = 0; i < memories.size(); i++) {
      arguments.position(i).arg(names.get(i)).memory(memories.get(i));
    }
    arguments.position(0);
    Run run = new Run(source, weight, scales, target, working, arguments, memories.size());
    Natives.whenUnreachable(run, () -> memories.forEach(dnnl::dnnl_memory_destroy));
    return run;
  }

  private static void add(
      int name, dnnl_memory memory, List<Integer> names, List<dnnl_memory> memories) {
    if (memory != null) {
      names.add(name);
      memories.add(memory);
    }
  }

  private static dnnl_memory memory(dnnl_memory_desc description) {
    if (description == null) {
      return null;
    }
    dnnl_memory memory = new dnnl_memory();
    OneDnn.check(
        dnnl.dnnl_memory_create(memory, description, OneDnn.engine(), null), "dnnl_memory_create");
    return memory;
  }

  /** Memory of at least so many bytes: the one given, or a larger one in its place. */
  static BytePointer atLeast(BytePointer memory, long bytes) {
    if (memory.limit() >= bytes) {
      return memory;
    }
    memory.close();
    return new BytePointer(bytes + bytes / 4);
  }
}
