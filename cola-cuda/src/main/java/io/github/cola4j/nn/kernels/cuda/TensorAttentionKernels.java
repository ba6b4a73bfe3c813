package io.github.cola4j.nn.kernels.cuda;

import static io.github.cola4j.nn.kernels.cuda.CudaStorage.address;

import io.github.cola4j.nn.AttentionKernels;
import io.github.cola4j.nn.AttentionSpans;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.WeakHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fused softmax attention by tensor cores, {@code tensorattention.cu}: factors are rounded to
 * bfloat16, everything else is float32. Capped scores are computed by the exact kernels.
 */
final class TensorAttentionKernels extends CudaAttentionKernels {
  private static final Logger LOG = LoggerFactory.getLogger(TensorAttentionKernels.class);

  /** Tokens of a trial: a sequence that fills no tile, and one that is longer than some. */
  private static final int TRIED = 60;

  /** What bfloat16 may cost a trial; a wrong fragment costs a hundred times as much. */
  private static final double TOLERANCE = 0.03;

  private static final Map<Gpu, Boolean> RIGHT = Collections.synchronizedMap(new WeakHashMap<>());

  private final Scratch rounded;
  private final Scratch inner; // diag(OᵀdO)

  TensorAttentionKernels(Gpu gpu, DeviceTiles tiles) {
    super(gpu, tiles);
    this.rounded = new Scratch(gpu);
    this.inner = new Scratch(gpu);
  }

  /**
   * The kernels of a head's width, and the tiles that they are compiled for.
   *
   * @param width the widest head; narrower ones are filled up with zeros
   * @param forward queries and keys of a tile
   * @param queries queries and keys of a tile of dQ
   * @param keys keys and queries of a tile of dK and dV
   */
  private record Shape(int width, Tile forward, Tile queries, Tile keys) {
    private static final Shape[] ALL = {
      new Shape(32, new Tile(64, 64), new Tile(64, 64), new Tile(64, 32)),
      new Shape(64, new Tile(64, 64), new Tile(64, 64), new Tile(64, 32)),
      new Shape(128, new Tile(64, 64), new Tile(64, 64), new Tile(64, 32)),
      new Shape(256, new Tile(64, 32), new Tile(32, 32), new Tile(32, 16))
    };

    static Shape of(int width) {
      for (Shape shape : ALL) {
        if (width <= shape.width) {
          return shape;
        }
      }
      throw new IllegalArgumentException(
          "expected heads of at most "
              + ALL[ALL.length - 1].width
              + " features, got "
              + width
              + "; compute with -Dcola.kernels=cpu");
    }

    /** Bytes of shared memory for so many rows of features, and numbers of columns. */
    int sharedBytes(int rows, int numbers) {
      return rows * (width + 8) * Short.BYTES + numbers * Float.BYTES;
    }
  }

  /** Rows and columns of a tile of weights. */
  private record Tile(int rows, int columns) {}

  /** Addresses of rounded matrices: heads side by side, as wide as the kernels take them. */
  private record Rounded(long q, long k, long v, long dO) {}

  @Override
  void forward(
      CausalAttention form,
      DeviceTiles.Batch batch,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSumExp) {
    if (form.cap() > 0) {
      super.forward(form, batch, q, k, v, o, logSumExp);
      return;
    }
    Shape shape = Shape.of(form.width());
    Rounded some = rounded(form, shape, q, k, v, 0);
    Tile tile = shape.forward;
    DeviceTiles.Tiles device = tiles.ofQueries(batch, tile.rows);
    gpu.launch(
        "tensorAttention" + shape.width,
        device.count(),
        form.heads(),
        THREADS,
        shape.sharedBytes(tile.rows + 2 * tile.columns, 0),
        device.address(),
        device.positions(),
        form.window(),
        form.heads() / form.numKeyValueHeads(),
        form.width(),
        scale(form),
        some.q,
        some.k,
        some.v,
        address(o),
        o.stride(),
        address(logSumExp),
        logSumExp.stride());
  }

  @Override
  void backward(
      CausalAttention form,
      DeviceTiles.Batch batch,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSumExp,
      Matrix dO,
      Matrix dQ,
      Matrix dK,
      Matrix dV) {
    if (form.cap() > 0) {
      super.backward(form, batch, q, k, v, o, logSumExp, dO, dQ, dK, dV);
      return;
    }
    clearUnseen(batch, dK, dV);
    Shape shape = Shape.of(form.width());
    Rounded some = rounded(form, shape, q, k, v, dO.columns());
    long centres = inner.atLeast((long) form.heads() * dO.columns() * Float.BYTES);
    gpu.launch(
        "roundHeadGradients",
        dO.columns(),
        1,
        THREADS,
        0,
        address(dO),
        dO.stride(),
        address(o),
        o.stride(),
        form.heads(),
        form.width(),
        shape.width,
        some.dO,
        centres);
    Tile tile = shape.queries;
    DeviceTiles.Tiles device = tiles.ofQueries(batch, tile.rows);
    gpu.launch(
        "tensorAttentionBackwardQueries" + shape.width,
        device.count(),
        form.heads(),
        THREADS,
        shape.sharedBytes(2 * tile.rows + 2 * tile.columns, 0),
        device.address(),
        device.positions(),
        form.window(),
        form.heads() / form.numKeyValueHeads(),
        form.width(),
        scale(form),
        some.q,
        some.k,
        some.v,
        some.dO,
        address(logSumExp),
        logSumExp.stride(),
        centres,
        address(dQ),
        dQ.stride());
    tile = shape.keys;
    device = tiles.ofKeys(batch, tile.rows);
    gpu.launch(
        "tensorAttentionBackwardKeys" + shape.width,
        device.count(),
        form.numKeyValueHeads(),
        THREADS,
        shape.sharedBytes(2 * tile.rows + 4 * tile.columns, 8 * tile.columns),
        device.address(),
        device.positions(),
        form.window(),
        form.heads() / form.numKeyValueHeads(),
        form.width(),
        scale(form),
        some.q,
        some.k,
        some.v,
        some.dO,
        address(logSumExp),
        logSumExp.stride(),
        centres,
        address(dK),
        dK.stride(),
        address(dV),
        dV.stride());
  }

  /**
   * Rounds q, k and v.
   *
   * @param gradients columns of dO that there is room for
   */
  private Rounded rounded(
      CausalAttention form, Shape shape, Matrix q, Matrix k, Matrix v, int gradients) {
    long token = (long) shape.width * Short.BYTES;
    long queryBytes = token * form.heads() * q.columns();
    long keyBytes = token * form.numKeyValueHeads() * k.columns();
    long toQ = rounded.atLeast(queryBytes + 2 * keyBytes + token * form.heads() * gradients);
    long toK = toQ + queryBytes;
    long toV = toK + keyBytes;
    gpu.launch(
        "roundHeads",
        Math.max(q.columns(), k.columns()),
        3,
        THREADS,
        0,
        address(q),
        q.stride(),
        form.heads(),
        q.columns(),
        address(k),
        k.stride(),
        address(v),
        v.stride(),
        form.numKeyValueHeads(),
        k.columns(),
        form.width(),
        shape.width,
        toQ,
        toK,
        toV);
    return new Rounded(toQ, toK, toV, toV + keyBytes);
  }

  /**
   * Whether a device computes what the exact kernels do but for rounding; tried once, with heads of
   * each kernel's width. A warning names what is wrong, and the exact kernels serve.
   */
  static boolean areRight(Gpu gpu, DeviceTiles tiles, CudaAttentionKernels exact) {
    return RIGHT.computeIfAbsent(
        gpu,
        device -> {
          TensorAttentionKernels rounding = new TensorAttentionKernels(gpu, tiles);
          for (Shape shape : Shape.ALL) {
            CausalAttention form = new CausalAttention(2, 1, shape.width - 4, 0);
            double error = distance(trial(gpu, form, rounding), trial(gpu, form, exact));
            if (!(error < TOLERANCE)) {
              LOG.warn(
                  "attention by tensor cores is wrong on {} (heads of {}: off by {}); the exact"
                      + " kernels are used. Please report it with the card and its driver",
                  gpu.description(),
                  form.width(),
                  error);
              return false;
            }
          }
          return true;
        });
  }

  /** O, dQ, dK and dV of random values. */
  private static List<float[]> trial(Gpu gpu, CausalAttention form, AttentionKernels kernels) {
    SplittableRandom random = new SplittableRandom(5);
    int queryRows = form.heads() * form.width();
    int keyRows = form.numKeyValueHeads() * form.width();
    Matrix q = random(gpu, queryRows, random);
    Matrix k = random(gpu, keyRows, random);
    Matrix v = random(gpu, keyRows, random);
    Matrix dO = random(gpu, queryRows, random);
    Matrix o = random(gpu, queryRows, random);
    Matrix logSumExp = random(gpu, form.heads(), random);
    Matrix dQ = random(gpu, queryRows, random);
    Matrix dK = random(gpu, keyRows, random);
    Matrix dV = random(gpu, keyRows, random);
    AttentionSpans spans =
        AttentionSpans.of(
            new TokenBatch(new int[TRIED], new int[TRIED], new int[] {0, TRIED / 3, TRIED}));
    kernels.causalAttention(form, spans, q, k, v, o, logSumExp);
    kernels.causalAttentionBackward(form, spans, q, k, v, o, logSumExp, dO, dQ, dK, dV);
    return Stream.of(o, dQ, dK, dV).map(Matrix::toArray).toList();
  }

  private static Matrix random(Gpu gpu, int rows, SplittableRandom random) {
    float[] values = new float[rows * TRIED];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (2 * random.nextDouble() - 1);
    }
    Matrix matrix = Matrix.over(CudaStorage.allocate(gpu, values.length), 0, rows, TRIED);
    matrix.set(values);
    return matrix;
  }

  /** The largest difference, relative to the largest element of the same matrix. */
  private static double distance(List<float[]> some, List<float[]> right) {
    double worst = 0;
    for (int m = 0; m < some.size(); m++) {
      double difference = 0;
      double largest = 0;
      for (int i = 0; i < some.get(m).length; i++) {
        difference = Math.max(difference, Math.abs(some.get(m)[i] - right.get(m)[i]));
        largest = Math.max(largest, Math.abs(right.get(m)[i]));
      }
      worst = Math.max(worst, difference / largest);
    }
    return worst;
  }
}
