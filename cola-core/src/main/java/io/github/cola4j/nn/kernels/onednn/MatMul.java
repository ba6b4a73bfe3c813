package io.github.cola4j.nn.kernels.onednn;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * A compiled multiplication or conversion of one shape, shared by all threads. Making one costs up
 * to a millisecond, so they are kept by shape; where oneDNN has only its reference implementation,
 * which takes a thousand times as long, there is none.
 */
final class MatMul {
  /** Of all shapes in this JVM. Callers ask for few sizes of T, so that this suffices. */
  private static final int KEPT = 2048;

  /** Where oneDNN has no fast one. */
  private static final MatMul NONE = new MatMul(null, null, null, null, null, null);

  /** In a mask: a value for each index of a matrix's second dimension. */
  private static final int EACH_COLUMN = 2;

  private static final Map<Object, MatMul> CACHE =
      new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, MatMul> eldest) {
          return size() > KEPT;
        }
      };

  /**
   * Y [T × n] ← X [T × k] W [k × n], or added to Y.
   *
   * @param source the type of X, such as {@code dnnl_f32}
   * @param weight the type of W
   * @param transposed W lies column by column: a weight [n × k] as its file has it
   * @param scaled every column of W by a number of its own
   * @param strideX from a row of X to the next
   */
  record Product(
      int source,
      int weight,
      boolean transposed,
      boolean scaled,
      boolean accumulate,
      int rows,
      int k,
      int n,
      int strideX,
      int strideY) {}

  /**
   * X [T × k] as another type.
   *
   * @param scaled every column of X by a number of its own, before
   * @param strideY from a row of the result to the next
   */
  record Conversion(int from, int to, boolean scaled, int rows, int k, int strideX, int strideY) {}

  private final dnnl_primitive primitive;
  private final dnnl_memory_desc source;
  private final dnnl_memory_desc weight;
  private final dnnl_memory_desc scales;
  private final dnnl_memory_desc target;
  private final dnnl_memory_desc scratchpad;

  private MatMul(
      dnnl_primitive primitive,
      dnnl_memory_desc source,
      dnnl_memory_desc weight,
      dnnl_memory_desc scales,
      dnnl_memory_desc target,
      dnnl_memory_desc scratchpad) {
    this.primitive = primitive;
    this.source = source;
    this.weight = weight;
    this.scales = scales;
    this.target = target;
    this.scratchpad = scratchpad;
  }

  /** The one for a shape, or null where oneDNN has no fast one on this processor. */
  static MatMul of(Product shape) {
    return cached(shape, () -> make(shape));
  }

  /** The one for a shape. */
  static MatMul of(Conversion shape) {
    return cached(shape, () -> make(shape));
  }

  private static MatMul cached(Object shape, java.util.function.Supplier<MatMul> maker) {
    synchronized (CACHE) {
      MatMul present = CACHE.get(shape);
      if (present == null) {
        present = maker.get();
        CACHE.put(shape, present);
      }
      return present == NONE ? null : present;
    }
  }

  private static MatMul make(Product shape) {
    dnnl_memory_desc x = rows(shape.source, shape.rows, shape.k, shape.strideX);
    dnnl_memory_desc w =
        describe(
            shape.weight,
            shape.k,
            shape.n,
            shape.transposed ? 1 : shape.n,
            shape.transposed ? shape.k : 1);
    dnnl_memory_desc y = rows(dnnl.dnnl_f32, shape.rows, shape.n, shape.strideY);
    dnnl_memory_desc scales = shape.scaled ? numbers(shape.n) : null;
    dnnl_primitive_attr attributes = new dnnl_primitive_attr();
    dnnl_post_ops additions = new dnnl_post_ops();
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    try {
      create(attributes);
      if (shape.weight == dnnl.dnnl_s8) {
        boolean round = shape.source == dnnl.dnnl_bf16;
        OneDnn.check(
            dnnl.dnnl_primitive_attr_set_fpmath_mode_v2(
                attributes,
                round ? dnnl.dnnl_fpmath_mode_bf16 : dnnl.dnnl_fpmath_mode_strict,
                1), // the integers become floating-point numbers, in which they are exact
            "dnnl_primitive_attr_set_fpmath_mode_v2");
      }
      if (shape.scaled) {
        scale(attributes, dnnl.DNNL_ARG_WEIGHTS);
      }
      if (shape.accumulate) {
        OneDnn.check(dnnl.dnnl_post_ops_create(additions), "dnnl_post_ops_create");
        OneDnn.check(
            dnnl.dnnl_post_ops_append_sum(additions, 1, 0, dnnl.dnnl_data_type_undef),
            "dnnl_post_ops_append_sum");
        OneDnn.check(
            dnnl.dnnl_primitive_attr_set_post_ops(attributes, additions),
            "dnnl_primitive_attr_set_post_ops");
      }
      int status =
          dnnl.dnnl_matmul_primitive_desc_create(
              description, OneDnn.engine(), x, w, null, y, attributes);
      if (status != dnnl.dnnl_success || implementation(description).startsWith("ref")) {
        destroy(x, w, scales, y);
        return NONE;
      }
      return compile(description, x, w, scales, y);
    } finally {
      dnnl.dnnl_primitive_desc_destroy(description);
      dnnl.dnnl_post_ops_destroy(additions);
      dnnl.dnnl_primitive_attr_destroy(attributes);
    }
  }

  private static MatMul make(Conversion shape) {
    dnnl_memory_desc x = rows(shape.from, shape.rows, shape.k, shape.strideX);
    dnnl_memory_desc y = rows(shape.to, shape.rows, shape.k, shape.strideY);
    dnnl_memory_desc scales = shape.scaled ? numbers(shape.k) : null;
    dnnl_primitive_attr attributes = new dnnl_primitive_attr();
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    try {
      create(attributes);
      if (shape.scaled) {
        scale(attributes, dnnl.DNNL_ARG_FROM);
      }
      OneDnn.check(
          dnnl.dnnl_reorder_primitive_desc_create(
              description, x, OneDnn.engine(), y, OneDnn.engine(), attributes),
          "dnnl_reorder_primitive_desc_create");
      return compile(description, x, null, scales, y);
    } finally {
      dnnl.dnnl_primitive_desc_destroy(description);
      dnnl.dnnl_primitive_attr_destroy(attributes);
    }
  }

  /** With working memory of the caller's: the library's own belongs to the thread that compiled. */
  private static void create(dnnl_primitive_attr attributes) {
    OneDnn.check(dnnl.dnnl_primitive_attr_create(attributes), "dnnl_primitive_attr_create");
    OneDnn.check(
        dnnl.dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl.dnnl_scratchpad_mode_user),
        "dnnl_primitive_attr_set_scratchpad_mode");
  }

  private static void scale(dnnl_primitive_attr attributes, int argument) {
    OneDnn.check(
        dnnl.dnnl_primitive_attr_set_scales_mask(attributes, argument, EACH_COLUMN),
        "dnnl_primitive_attr_set_scales_mask");
  }

  private static MatMul compile(
      dnnl_primitive_desc description,
      dnnl_memory_desc x,
      dnnl_memory_desc w,
      dnnl_memory_desc scales,
      dnnl_memory_desc y) {
    dnnl_primitive primitive = new dnnl_primitive();
    OneDnn.check(dnnl.dnnl_primitive_create(primitive, description), "dnnl_primitive_create");
    dnnl_memory_desc scratchpad = new dnnl_memory_desc();
    OneDnn.check(
        dnnl.dnnl_memory_desc_clone(
            scratchpad,
            dnnl.dnnl_primitive_desc_query_md(description, dnnl.dnnl_query_scratchpad_md, 0)),
        "dnnl_memory_desc_clone");
    MatMul made = new MatMul(primitive, x, w, scales, y, scratchpad);
    Natives.whenUnreachable(
        made,
        () -> {
          dnnl.dnnl_primitive_destroy(primitive);
          destroy(x, w, scales, y, scratchpad);
        });
    return made;
  }

  private static void destroy(dnnl_memory_desc... descriptions) {
    for (dnnl_memory_desc description : descriptions) {
      if (description != null) {
        dnnl.dnnl_memory_desc_destroy(description);
      }
    }
  }

  private static String implementation(dnnl_primitive_desc description) {
    try (PointerPointer<BytePointer> name = new PointerPointer<>(1)) {
      OneDnn.check(
          dnnl.dnnl_primitive_desc_query(
              description, dnnl.dnnl_query_impl_info_str, 0, (Pointer) name),
          "dnnl_primitive_desc_query");
      return name.get(BytePointer.class, 0).getString();
    }
  }

  private static dnnl_memory_desc numbers(int count) {
    return describe(dnnl.dnnl_f32, new long[] {count}, new long[] {1});
  }

  private static dnnl_memory_desc rows(int type, int rows, int columns, int stride) {
    return describe(type, rows, columns, stride, 1);
  }

  private static dnnl_memory_desc describe(
      int type, int rows, int columns, int rowStride, int columnStride) {
    return describe(type, new long[] {rows, columns}, new long[] {rowStride, columnStride});
  }

  private static dnnl_memory_desc describe(int type, long[] shape, long[] steps) {
    dnnl_memory_desc description = new dnnl_memory_desc();
    try (LongPointer dimensions = new LongPointer(shape);
        LongPointer strides = new LongPointer(steps)) {
      OneDnn.check(
          dnnl.dnnl_memory_desc_create_with_strides(
              description, shape.length, dimensions, type, strides),
          "dnnl_memory_desc_create_with_strides");
    }
    return description;
  }

  dnnl_primitive primitive() {
    return primitive;
  }

  dnnl_memory_desc source() {
    return source;
  }

  /** Null for a conversion. */
  dnnl_memory_desc weight() {
    return weight;
  }

  /** Null where nothing is scaled. */
  dnnl_memory_desc scales() {
    return scales;
  }

  dnnl_memory_desc target() {
    return target;
  }

  dnnl_memory_desc scratchpad() {
    return scratchpad;
  }

  /** Bytes of working memory that a run needs. */
  long scratchpadBytes() {
    return dnnl.dnnl_memory_desc_get_size(scratchpad);
  }
}
