package io.github.cola4j.nn.kernels.onednn;

import io.github.cola4j.nn.stored.FloatMatrix;
import java.lang.ref.Reference;
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
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** Multiplies in one thread, with working memory of its own. */
public final class Multiplier {
  /**
   * T is cut into pieces of at most {@value #LONGEST} columns whose lengths are multiples of
   * {@value #STEP}, and a rest: so few shapes are ever compiled, whatever the batches' sizes.
   */
  private static final int STEP = 64;

  private static final int LONGEST = 1024;

  private final dnnl_stream stream;
  private final Map<MatMul, Run> runs = new HashMap<>();
  private BytePointer scratchpad = new BytePointer(1);
  private BytePointer rounded = new BytePointer(1);
  private BytePointer widened = new BytePointer(1);

  /** The memory objects of one compiled multiplication in this thread. */
  private record Run(
      MatMul compiled,
      dnnl_memory source,
      dnnl_memory weight,
      dnnl_memory target,
      dnnl_memory scratchpad,
      dnnl_exec_arg_t arguments,
      int count) {}

  /** For use by one thread. */
  public Multiplier() {
    dnnl_stream made = OneDnn.newStream();
    this.stream = made;
    Natives.whenUnreachable(this, () -> dnnl.dnnl_stream_destroy(made));
  }

  /** C ← alpha op(A) op(B) + beta C, column-major as BLAS has it. */
  public void gemm(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      float alpha,
      FloatPointer a,
      int strideA,
      FloatPointer b,
      int strideB,
      float beta,
      FloatPointer c,
      int strideC) {
    OneDnn.applyThreads();
    OneDnn.check(
        dnnl.dnnl_sgemm(
            transposed(transposeB),
            transposed(transposeA),
            n,
            m,
            k,
            alpha,
            b,
            strideB,
            a,
            strideA,
            beta,
            c,
            strideC),
        "dnnl_sgemm");
  }

  private static byte transposed(boolean transpose) {
    return (byte) (transpose ? 'T' : 'N');
  }

  /**
   * Y ← op(W) X or Y ← op(W) X + Y.
   *
   * @param columns T
   * @param round X to bfloat16 before; W must be bfloat16 then
   * @return whether this processor has a fast kernel for it; false if nothing was computed
   */
  public boolean multiply(
      FloatMatrix w,
      boolean transpose,
      boolean round,
      FloatPointer x,
      int strideX,
      int columns,
      boolean accumulate,
      FloatPointer y,
      int strideY) {
    return SelfTest.passed(w.element(), round)
        && compute(w, transpose, round, x, strideX, columns, accumulate, y, strideY);
  }

  /** {@link #multiply}, whatever the self-test says. */
  boolean compute(
      FloatMatrix w,
      boolean transpose,
      boolean round,
      FloatPointer x,
      int strideX,
      int columns,
      boolean accumulate,
      FloatPointer y,
      int strideY) {
    OneDnn.applyThreads();
    boolean added = accumulate;
    for (FloatMatrix.Block block : w.blocks()) {
      FloatPointer blockX = offset(x, transpose ? block.first() : 0);
      FloatPointer blockY = offset(y, transpose ? 0 : block.first());
      Shape shape =
          new Shape(
              type(w.element()),
              transpose ? block.rows() : w.in(),
              transpose ? w.in() : block.rows(),
              !transpose,
              added);
      for (int from = 0; from < columns; ) {
        int some = piece(columns - from);
        boolean done =
            piece(
                shape,
                block.pointer(),
                round,
                offset(blockX, (long) from * strideX),
                strideX,
                some,
                offset(blockY, (long) from * strideY),
                strideY);
        if (!done) {
          return false;
        }
        from += some;
      }
      added = added || transpose;
    }
    Reference.reachabilityFence(w);
    return true;
  }

  /** What all pieces have in common. */
  private record Shape(int weight, int k, int n, boolean transposed, boolean accumulate) {}

  static int piece(int columns) {
    return columns < STEP ? columns : Math.min(LONGEST, columns / STEP * STEP);
  }

  private boolean piece(
      Shape shape,
      Pointer w,
      boolean round,
      FloatPointer x,
      int strideX,
      int columns,
      FloatPointer y,
      int strideY) {
    boolean narrow = round && OneDnn.multipliesBfloat16();
    MatMul product =
        MatMul.of(
            new MatMul.Product(
                narrow ? dnnl.dnnl_bf16 : dnnl.dnnl_f32,
                shape.weight,
                shape.transposed,
                shape.accumulate,
                columns,
                shape.k,
                shape.n,
                round ? shape.k : strideX,
                strideY));
    if (product == null) {
      return false;
    }
    Pointer source = x;
    if (round) {
      rounded = atLeast(rounded, 2L * columns * shape.k);
      source = rounded;
      run(conversion(dnnl.dnnl_f32, dnnl.dnnl_bf16, columns, shape.k, strideX), x, null, rounded);
      if (!narrow) { // rounded numbers, multiplied as float32
        widened = atLeast(widened, 4L * columns * shape.k);
        source = widened;
        MatMul back = conversion(dnnl.dnnl_bf16, dnnl.dnnl_f32, columns, shape.k, shape.k);
        run(back, rounded, null, widened);
      }
    }
    run(product, source, w, y);
    return true;
  }

  private static MatMul conversion(int from, int to, int columns, int k, int stride) {
    return MatMul.of(new MatMul.Conversion(from, to, columns, k, stride));
  }

  private void run(MatMul compiled, Pointer x, Pointer w, Pointer y) {
    scratchpad = atLeast(scratchpad, compiled.scratchpadBytes());
    Run run = runs.computeIfAbsent(compiled, Multiplier::prepare);
    point(run.source, x);
    point(run.target, y);
    point(run.scratchpad, scratchpad);
    if (w != null) {
      point(run.weight, w);
    }
    OneDnn.check(
        dnnl.dnnl_primitive_execute(compiled.primitive(), stream, run.count, run.arguments),
        "dnnl_primitive_execute");
  }

  private static void point(dnnl_memory memory, Pointer to) {
    OneDnn.check(dnnl.dnnl_memory_set_data_handle(memory, to), "dnnl_memory_set_data_handle");
  }

  private static Run prepare(MatMul compiled) {
    boolean conversion = compiled.weight() == null;
    dnnl_memory source = memory(compiled.source());
    dnnl_memory weight = conversion ? null : memory(compiled.weight());
    dnnl_memory target = memory(compiled.target());
    dnnl_memory working = memory(compiled.scratchpad());
    List<Integer> names = new ArrayList<>();
    List<dnnl_memory> memories = new ArrayList<>();
    names.add(conversion ? dnnl.DNNL_ARG_FROM : dnnl.DNNL_ARG_SRC);
    memories.add(source);
    if (!conversion) {
      names.add(dnnl.DNNL_ARG_WEIGHTS);
      memories.add(weight);
    }
    names.add(conversion ? dnnl.DNNL_ARG_TO : dnnl.DNNL_ARG_DST);
    memories.add(target);
    names.add(dnnl.DNNL_ARG_SCRATCHPAD);
    memories.add(working);
    dnnl_exec_arg_t arguments = new dnnl_exec_arg_t(memories.size());
    for (int i = 0; i < memories.size(); i++) {
      arguments.position(i).arg(names.get(i)).memory(memories.get(i));
    }
    arguments.position(0);
    Run run = new Run(compiled, source, weight, target, working, arguments, memories.size());
    Natives.whenUnreachable(run, () -> memories.forEach(dnnl::dnnl_memory_destroy));
    return run;
  }

  private static dnnl_memory memory(dnnl_memory_desc description) {
    dnnl_memory memory = new dnnl_memory();
    OneDnn.check(
        dnnl.dnnl_memory_create(memory, description, OneDnn.engine(), null), "dnnl_memory_create");
    return memory;
  }

  private static BytePointer atLeast(BytePointer memory, long bytes) {
    if (memory.limit() >= bytes) {
      return memory;
    }
    memory.close();
    return new BytePointer(bytes + bytes / 4);
  }

  /** A pointer without a position: where a parameter is void*, JavaCPP takes that for bytes. */
  private static FloatPointer offset(FloatPointer pointer, long elements) {
    long position = pointer.position();
    FloatPointer start = position == 0 ? pointer : new FloatPointer(pointer).position(0);
    return start.getPointer(position + elements);
  }

  private static int type(FloatMatrix.Element element) {
    return switch (element) {
      case FLOAT32 -> dnnl.dnnl_f32;
      case BFLOAT16 -> dnnl.dnnl_bf16;
      case FLOAT16 -> dnnl.dnnl_f16;
    };
  }
}
