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
    Pieces[] blocks = new Pieces[w.blocks().size()];
    for (int b = 0; b < blocks.length; b++) {
      int rows = w.blocks().get(b).rows();
      blocks[b] =
          new Pieces(
              type(w.element()),
              false,
              transpose ? rows : w.in(),
              transpose ? w.in() : rows,
              !transpose,
              round,
              accumulate || (transpose && b > 0),
              strideX,
              strideY);
      if (!blocks[b].haveKernels(columns)) {
        return false;
      }
    }
    for (int b = 0; b < blocks.length; b++) {
      FloatMatrix.Block block = w.blocks().get(b);
      FloatPointer blockX = offset(x, transpose ? block.first() : 0);
      FloatPointer blockY = offset(y, transpose ? 0 : block.first());
      run(blocks[b], block.pointer(), null, blockX, columns, blockY);
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
    Pieces pieces =
        new Pieces(
            dnnl.dnnl_s8,
            true,
            transpose ? w.out() : w.in(),
            transpose ? w.in() : w.out(),
            !transpose,
            round,
            accumulate,
            strideX,
            strideY);
    if (!pieces.haveKernels(columns)) {
      return false;
    }
    run(pieces, w.integers().pointer(), w.scales().pointer(), x, columns, y);
    Reference.reachabilityFence(w);
    return true;
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
    int some;
    for (int from = 0; from < columns; from += some) {
      some = piece(columns - from);
      for (int count : new int[] {most, w.out() % most}) {
        if (count > 0
            && (tile(w, transpose, accumulate, some, count, strideY) == null
                || tile(w, transpose, accumulate || transpose, some, count, strideY) == null)) {
          return false;
        }
      }
    }
    input = Runs.atLeast(input, 2L * columns * k);
    for (int from = 0; from < columns; from += some) {
      some = piece(columns - from);
      round(offset(x, (long) from * strideX), some, k, strideX, input.getPointer(2L * from * k));
    }
    for (int first = 0; first < w.out(); first += most) {
      int count = Math.min(most, w.out() - first);
      decode(w, first, count);
      boolean add = accumulate || (transpose && first > 0);
      for (int from = 0; from < columns; from += some) {
        some = piece(columns - from);
        Pointer source = input.getPointer(2L * ((long) from * k + (transpose ? first : 0)));
        FloatPointer target = offset(y, (long) from * strideY + (transpose ? 0 : first));
        runs.run(tile(w, transpose, add, some, count, strideY), source, rounded, null, target);
      }
    }
    return true;
  }

  /** The product with {@code count} rows of W, or null. */
  private static MatMul tile(
      StoredMatrix w, boolean transpose, boolean accumulate, int columns, int count, int strideY) {
    return MatMul.of(
        new MatMul.Product(
            dnnl.dnnl_bf16,
            dnnl.dnnl_bf16,
            !transpose,
            false,
            accumulate,
            columns,
            transpose ? count : w.in(),
            transpose ? w.in() : count,
            transpose ? w.out() : w.in(),
            strideY));
  }

  /** Some rows of W as bfloat16. */
  private void decode(StoredMatrix w, int first, int count) {
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

  /**
   * What all pieces of a product have in common.
   *
   * @param weight the type of W
   * @param scaled W's rows have scales
   * @param transposed W lies column by column
   * @param round X to bfloat16
   */
  private record Pieces(
      int weight,
      boolean scaled,
      int k,
      int n,
      boolean transposed,
      boolean round,
      boolean accumulate,
      int strideX,
      int strideY) {

    boolean scalesY() {
      return scaled && transposed;
    }

    boolean scalesX() {
      return scaled && !transposed;
    }

    boolean converts() {
      return round || scalesX();
    }

    int source() {
      return round && OneDnn.multipliesBfloat16() ? dnnl.dnnl_bf16 : dnnl.dnnl_f32;
    }

    /** The compiled product of a piece, or null. */
    MatMul of(int columns) {
      return MatMul.of(
          new MatMul.Product(
              source(),
              weight,
              transposed,
              scalesY(),
              accumulate,
              columns,
              k,
              n,
              converts() ? k : strideX,
              strideY));
    }

    /** Whether there is one for every piece of T: else nothing may be computed. */
    boolean haveKernels(int columns) {
      int some;
      for (int from = 0; from < columns; from += some) {
        some = piece(columns - from);
        if (of(some) == null) {
          return false;
        }
      }
      return true;
    }
  }

  static int piece(int columns) {
    return columns < STEP ? columns : Math.min(LONGEST, columns / STEP * STEP);
  }

  /**
   * All of T, piece by piece.
   *
   * @param scales of the rows of a W of integers, else null
   */
  private void run(
      Pieces pieces, Pointer w, Pointer scales, FloatPointer x, int columns, FloatPointer y) {
    int some;
    for (int from = 0; from < columns; from += some) {
      some = piece(columns - from);
      Pointer source = offset(x, (long) from * pieces.strideX);
      if (pieces.converts()) {
        source = converted(pieces, source, scales, some);
      }
      Pointer target = offset(y, (long) from * pieces.strideY);
      runs.run(pieces.of(some), source, w, pieces.scalesY() ? scales : null, target);
    }
  }

  /** A piece of X, scaled or rounded, or both. */
  private Pointer converted(Pieces pieces, Pointer x, Pointer scales, int columns) {
    int k = pieces.k;
    boolean scale = pieces.scalesX();
    int type = pieces.round ? dnnl.dnnl_bf16 : dnnl.dnnl_f32;
    input = Runs.atLeast(input, 4L * columns * k);
    MatMul conversion =
        MatMul.of(new MatMul.Conversion(dnnl.dnnl_f32, type, scale, columns, k, pieces.strideX, k));
    runs.run(conversion, x, null, scale ? scales : null, input);
    if (type == pieces.source()) {
      return input;
    }
    widened = Runs.atLeast(widened, 4L * columns * k); // rounded numbers, multiplied as float32
    MatMul back =
        MatMul.of(new MatMul.Conversion(dnnl.dnnl_bf16, dnnl.dnnl_f32, false, columns, k, k, k));
    runs.run(back, input, null, null, widened);
    return widened;
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
