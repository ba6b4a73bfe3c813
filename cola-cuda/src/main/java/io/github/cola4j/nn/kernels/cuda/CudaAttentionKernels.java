package io.github.cola4j.nn.kernels.cuda;

import static io.github.cola4j.nn.kernels.cuda.CudaStorage.address;
import static io.github.cola4j.nn.kernels.cuda.Elements.bits;

import io.github.cola4j.nn.AttentionKernels;
import io.github.cola4j.nn.AttentionSpans;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;

/** Rotary embedding and fused softmax attention by {@code attention.cu}. */
class CudaAttentionKernels implements AttentionKernels {
  static final int THREADS = 128;

  final Gpu gpu;
  final DeviceTiles tiles;
  private final Scratch scratch;

  CudaAttentionKernels(Gpu gpu, DeviceTiles tiles) {
    this.gpu = gpu;
    this.tiles = tiles;
    this.scratch = new Scratch(gpu);
  }

  @Override
  public void rotate(Matrix x, Matrix angles, boolean back) {
    int half = angles.rows() / 2;
    new Elements(x.rows() / 2, x.columns())
        .launch(
            gpu,
            "rotate",
            address(x),
            x.stride(),
            address(angles),
            angles.stride(),
            half,
            x.rows() / (2 * half),
            back ? 1 : 0);
  }

  /**
   * The kernels of a head's width, and the tiles that they are compiled for.
   *
   * @param width the widest head
   * @param forward queries and keys of a tile
   * @param queries queries and keys of a tile of dQ
   * @param keys keys and queries of a tile of dK and dV
   */
  private record Shape(int width, Tile forward, Tile queries, Tile keys) {
    private static final Shape[] ALL = {
      new Shape(32, new Tile(64, 64), new Tile(64, 64), new Tile(64, 64)),
      new Shape(64, new Tile(64, 64), new Tile(64, 64), new Tile(64, 64)),
      new Shape(128, new Tile(64, 64), new Tile(32, 64), new Tile(32, 32)),
      new Shape(256, new Tile(32, 32), new Tile(16, 32), new Tile(16, 16))
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
  }

  /** Rows and columns of a tile of weights. */
  private record Tile(int rows, int columns) {
    /**
     * Bytes of shared memory: tiles of features, the weights, and numbers of a row or column.
     *
     * @param tiles how many rows and columns of features there are in all
     */
    int sharedBytes(int width, int tiles, int numbers) {
      int stride = (width + 3) / 4 * 4 | 4;
      return Float.BYTES * (tiles * stride + rows * (columns | 16) + numbers);
    }
  }

  @Override
  public void attention(
      Matrix q, Matrix k, Matrix v, int heads, TokenBatch batch, Matrix o, Matrix logSumExp) {
    forward(form(q, heads), DeviceTiles.Batch.of(batch), q, k, v, o, logSumExp);
  }

  @Override
  public void causalAttention(
      CausalAttention form,
      AttentionSpans spans,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSumExp) {
    forward(form, DeviceTiles.Batch.of(spans, form.window()), q, k, v, o, logSumExp);
  }

  /** What both forms have in common; the place for other kernels of it. */
  void forward(
      CausalAttention form,
      DeviceTiles.Batch batch,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSumExp) {
    Shape shape = Shape.of(form.width());
    Tile tile = shape.forward;
    DeviceTiles.Tiles some = tiles.ofQueries(batch, tile.rows);
    gpu.launch(
        "attention" + shape.width,
        some.count(),
        form.heads(),
        THREADS,
        tile.sharedBytes(form.width(), tile.rows + tile.columns, 2 * tile.rows),
        some.address(),
        some.positions(),
        form.window(),
        form.heads() / form.numKeyValueHeads(),
        form.width(),
        scale(form),
        bits(form.cap()),
        address(q),
        q.stride(),
        address(k),
        k.stride(),
        address(v),
        v.stride(),
        address(o),
        o.stride(),
        address(logSumExp),
        logSumExp.stride());
  }

  @Override
  public void attentionBackward(
      Matrix q,
      Matrix k,
      Matrix v,
      int heads,
      TokenBatch batch,
      Matrix o,
      Matrix logSumExp,
      Matrix dO,
      Matrix dQ,
      Matrix dK,
      Matrix dV) {
    DeviceTiles.Batch tiles = DeviceTiles.Batch.of(batch);
    backward(form(q, heads), tiles, q, k, v, o, logSumExp, dO, dQ, dK, dV);
  }

  @Override
  public void causalAttentionBackward(
      CausalAttention form,
      AttentionSpans spans,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSumExp,
      Matrix dO,
      Matrix dQ,
      Matrix dK,
      Matrix dV) {
    DeviceTiles.Batch tiles = DeviceTiles.Batch.of(spans, form.window());
    backward(form, tiles, q, k, v, o, logSumExp, dO, dQ, dK, dV);
  }

  /** As {@link #forward}. */
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
    clearUnseen(batch, dK, dV);
    long elements = (long) form.heads() * dO.columns();
    long inner = scratch.atLeast(elements * Float.BYTES); // diag(OᵀdO)
    Shape shape = Shape.of(form.width());
    Tile queries = shape.queries;
    DeviceTiles.Tiles some = tiles.ofQueries(batch, queries.rows);
    gpu.launch(
        "attentionBackwardQueries" + shape.width,
        some.count(),
        form.heads(),
        THREADS,
        queries.sharedBytes(form.width(), 2 * queries.rows + queries.columns, 0),
        some.address(),
        some.positions(),
        form.window(),
        form.heads() / form.numKeyValueHeads(),
        form.width(),
        scale(form),
        bits(form.cap()),
        address(q),
        q.stride(),
        address(k),
        k.stride(),
        address(v),
        v.stride(),
        address(o),
        o.stride(),
        address(logSumExp),
        logSumExp.stride(),
        address(dO),
        dO.stride(),
        address(dQ),
        dQ.stride(),
        inner);
    Tile keys = shape.keys;
    some = tiles.ofKeys(batch, keys.rows);
    gpu.launch(
        "attentionBackwardKeys" + shape.width,
        some.count(),
        form.numKeyValueHeads(),
        THREADS,
        keys.sharedBytes(form.width(), 2 * keys.rows + 2 * keys.columns, 4 * keys.columns),
        some.address(),
        some.positions(),
        form.window(),
        form.heads() / form.numKeyValueHeads(),
        form.width(),
        scale(form),
        bits(form.cap()),
        address(q),
        q.stride(),
        address(k),
        k.stride(),
        address(v),
        v.stride(),
        address(logSumExp),
        logSumExp.stride(),
        inner,
        address(dO),
        dO.stride(),
        address(dK),
        dK.stride(),
        address(dV),
        dV.stride());
  }

  /** Keys that no query sees have no gradient. */
  final void clearUnseen(DeviceTiles.Batch batch, Matrix dK, Matrix dV) {
    if (!tiles.coverKeys(batch, dK.columns())) {
      clear(dK);
      clear(dV);
    }
  }

  private void clear(Matrix m) {
    Elements all = Elements.all(m);
    all.launch(gpu, "fill", bits(0), address(m), m.stride(), all.rows());
  }

  private static CausalAttention form(Matrix q, int heads) {
    return new CausalAttention(heads, heads, q.rows() / heads, 0);
  }

  static long scale(CausalAttention form) {
    return bits(1 / Math.sqrt(form.width()));
  }
}
