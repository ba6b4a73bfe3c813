package io.github.cola4j.nn.kernels.onednn;

import io.github.cola4j.nn.stored.FloatMatrix;
import io.github.cola4j.nn.stored.Int8Matrix;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.lang.ref.Reference;
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

  /** Elements of W decoded at once: they stay in the second cache. */
  private static final int TILE = 1 << 17;

  private final Runs runs = new Runs();
  private BytePointer input = new BytePointer(1); // X, converted
  private BytePointer widened = new BytePointer(1); // X, converted and back
  private BytePointer decoded = new BytePointer(1); // rows of W as float32
  private BytePointer rounded = new BytePointer(1); // and as bfloat16
  private float[] rows = new float[0];

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
      if (!pieces(shape, block.pointer(), null, round, blockX, strideX, columns, blockY, strideY)) {
        return false;
      }
      added = added || transpose;
    }
    Reference.reachabilityFence(w);
    return true;
  }

  /**
   * As {@link #multiply(FloatMatrix, boolean, boolean, FloatPointer, int, int, boolean,
   * FloatPointer, int)}: Y = s ∘ (q X), and transposed Y = qᵀ (s ∘ X), so that the integers q are
   * exact in either type of X.
   */
  public boolean multiply(
      Int8Matrix w,
      boolean transpose,
      boolean round,
      FloatPointer x,
      int strideX,
      int columns,
      boolean accumulate,
      FloatPointer y,
      int strideY) {
    return SelfTest.passedIntegers(round)
        && compute(w, transpose, round, x, strideX, columns, accumulate, y, strideY);
  }

  /** {@link #multiply}, whatever the self-test says. */
  boolean compute(
      Int8Matrix w,
      boolean transpose,
      boolean round,
      FloatPointer x,
      int strideX,
      int columns,
      boolean accumulate,
      FloatPointer y,
      int strideY) {
    OneDnn.applyThreads();
    Shape shape =
        new Shape(
            dnnl.dnnl_s8,
            transpose ? w.out() : w.in(),
            transpose ? w.in() : w.out(),
            !transpose,
            accumulate);
    boolean done =
        pieces(
            shape,
            w.integers().pointer(),
            w.scales().pointer(),
            round,
            x,
            strideX,
            columns,
            y,
            strideY);
    Reference.reachabilityFence(w);
    return done;
  }

  /**
   * As {@link #multiply(FloatMatrix, boolean, boolean, FloatPointer, int, int, boolean,
   * FloatPointer, int)} for any W, with W and X rounded to bfloat16: some rows of W at a time are
   * decoded and rounded.
   */
  public boolean multiplyRounded(
      StoredMatrix w,
      boolean transpose,
      FloatPointer x,
      int strideX,
      int columns,
      boolean accumulate,
      FloatPointer y,
      int strideY) {
    OneDnn.applyThreads();
    int k = transpose ? w.out() : w.in();
    int most = Math.max(1, Math.min(w.out(), TILE / Math.max(1, w.in())));
    input = Runs.atLeast(input, 2L * columns * k);
    int some;
    for (int from = 0; from < columns; from += some) {
      some = piece(columns - from);
      round(offset(x, (long) from * strideX), some, k, strideX, input.getPointer(2L * from * k));
    }
    for (int first = 0; first < w.out(); first += most) {
      int count = Math.min(most, w.out() - first);
      tile(w, first, count);
      for (int from = 0; from < columns; from += some) {
        some = piece(columns - from);
        MatMul product =
            MatMul.of(
                new MatMul.Product(
                    dnnl.dnnl_bf16,
                    dnnl.dnnl_bf16,
                    !transpose,
                    false,
                    accumulate || (transpose && first > 0),
                    some,
                    transpose ? count : k,
                    transpose ? w.in() : count,
                    k,
                    strideY));
        if (product == null) {
          return false;
        }
        Pointer source = input.getPointer(2L * ((long) from * k + (transpose ? first : 0)));
        FloatPointer target = offset(y, (long) from * strideY + (transpose ? 0 : first));
        runs.run(product, source, rounded, null, target);
      }
    }
    return true;
  }

  /** Some rows of W as bfloat16. */
  private void tile(StoredMatrix w, int first, int count) {
    int elements = count * w.in();
    if (rows.length < elements) {
      rows = new float[elements];
    }
    w.decode(first, count, rows, 0);
    decoded = Runs.atLeast(decoded, 4L * elements);
    rounded = Runs.atLeast(rounded, 2L * elements);
    FloatPointer floats = new FloatPointer(decoded);
    floats.put(rows, 0, elements);
    round(floats, count, w.in(), w.in(), rounded);
  }

  private void round(Pointer from, int count, int width, int stride, Pointer to) {
    MatMul conversion =
        MatMul.of(
            new MatMul.Conversion(
                dnnl.dnnl_f32, dnnl.dnnl_bf16, false, count, width, stride, width));
    runs.run(conversion, from, null, null, to);
  }

  /** What all pieces have in common. */
  private record Shape(int weight, int k, int n, boolean transposed, boolean accumulate) {}

  static int piece(int columns) {
    return columns < STEP ? columns : Math.min(LONGEST, columns / STEP * STEP);
  }

  /** All of T, piece by piece; see the single piece below. */
  private boolean pieces(
      Shape shape,
      Pointer w,
      Pointer scales,
      boolean round,
      FloatPointer x,
      int strideX,
      int columns,
      FloatPointer y,
      int strideY) {
    int some;
    for (int from = 0; from < columns; from += some) {
      some = piece(columns - from);
      FloatPointer pieceX = offset(x, (long) from * strideX);
      FloatPointer pieceY = offset(y, (long) from * strideY);
      if (!piece(shape, w, scales, round, pieceX, strideX, some, pieceY, strideY)) {
        return false;
      }
    }
    return true;
  }

  /**
   * A piece of T.
   *
   * @param scales of the rows of a W of integers, else null
   */
  private boolean piece(
      Shape shape,
      Pointer w,
      Pointer scales,
      boolean round,
      FloatPointer x,
      int strideX,
      int columns,
      FloatPointer y,
      int strideY) {
    boolean scalesY = scales != null && shape.transposed;
    boolean scalesX = scales != null && !shape.transposed;
    boolean converts = round || scalesX;
    int type = round && OneDnn.multipliesBfloat16() ? dnnl.dnnl_bf16 : dnnl.dnnl_f32;
    MatMul product =
        MatMul.of(
            new MatMul.Product(
                type,
                shape.weight,
                shape.transposed,
                scalesY,
                shape.accumulate,
                columns,
                shape.k,
                shape.n,
                converts ? shape.k : strideX,
                strideY));
    if (product == null) {
      return false;
    }
    Pointer source = x;
    if (converts) {
      int converted = round ? dnnl.dnnl_bf16 : dnnl.dnnl_f32;
      MatMul conversion =
          MatMul.of(
              new MatMul.Conversion(
                  dnnl.dnnl_f32, converted, scalesX, columns, shape.k, strideX, shape.k));
      input = Runs.atLeast(input, 4L * columns * shape.k);
      runs.run(conversion, x, null, scalesX ? scales : null, input);
      source = input;
      if (converted != type) { // rounded numbers, multiplied as float32
        widened = Runs.atLeast(widened, 4L * columns * shape.k);
        MatMul back =
            MatMul.of(
                new MatMul.Conversion(
                    dnnl.dnnl_bf16, dnnl.dnnl_f32, false, columns, shape.k, shape.k, shape.k));
        runs.run(back, input, null, null, widened);
        source = widened;
      }
    }
    runs.run(product, source, w, scalesY ? scales : null, y);
    return true;
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
