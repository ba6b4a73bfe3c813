package io.github.cola4j.io.weights;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.TensorProto;
import org.nd4j.shade.protobuf.CodedInputStream;
import org.nd4j.shade.protobuf.UnsafeByteOperations;

/**
 * The weights of a BERT in an ONNX file, as PyTorch exports it.
 *
 * <p>The exporter keeps the names of biases, normalisations and embeddings. A linear layer's weight
 * becomes an anonymous initialiser ({@code onnx::MatMul_885}) of shape [in, out]; it gets its name
 * back from the bias that the graph adds to the product, and is read as [out, in], as PyTorch has
 * it. The architecture is read off the graph too, so a file needs no {@code config.json}.
 *
 * <p>The file's bytes stay in memory until this object is garbage.
 */
public final class OnnxWeights implements Weights {
  private static final Map<Integer, FloatType> TYPES =
      Map.of(
          TensorProto.DataType.FLOAT_VALUE, FloatType.F32,
          TensorProto.DataType.FLOAT16_VALUE, FloatType.F16,
          TensorProto.DataType.BFLOAT16_VALUE, FloatType.BF16,
          TensorProto.DataType.DOUBLE_VALUE, FloatType.F64);

  /** An initialiser; a transposed one is stored [in, out] and read as [out, in]. */
  private record Entry(TensorProto tensor, long[] stored, boolean transposed) {
    long[] shape() {
      return transposed ? new long[] {stored[1], stored[0]} : stored.clone();
    }
  }

  private final String source;
  private final Map<String, Entry> tensors = new TreeMap<>();
  private final ObjectNode config;

  /** Reads a file; see {@link #of}. */
  public static OnnxWeights open(Path path) {
    try (InputStream in = Files.newInputStream(path)) {
      return read(in, path.toString());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path + ": " + e, e);
    }
  }

  /** Reads a stream to its end, without closing it; see {@link #of}. */
  public static OnnxWeights read(InputStream in, String source) {
    try {
      return of(in.readAllBytes(), source);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + source + ": " + e, e);
    }
  }

  /**
   * Reads a file's bytes; they must not be changed afterwards.
   *
   * @param source where they come from, for messages
   * @throws IllegalArgumentException if they are no ONNX file, keep tensors in another file, or are
   *     not a BERT as PyTorch exports it; the message says what is missing
   */
  public static OnnxWeights of(byte[] bytes, String source) {
    return new OnnxWeights(parse(bytes, source), source);
  }

  private static GraphProto parse(byte[] bytes, String source) {
    try {
      CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
      in.enableAliasing(true);
      ModelProto model = ModelProto.parseFrom(in);
      in.checkLastTagWas(0);
      if (model.getGraph().getInitializerCount() == 0) {
        throw unreadable(source, "it has no graph with weights", null);
      }
      return model.getGraph();
    } catch (IOException e) {
      throw unreadable(source, e.getMessage(), e);
    }
  }

  private OnnxWeights(GraphProto proto, String source) {
    this.source = source;
    Map<String, TensorProto> initializers = new LinkedHashMap<>();
    for (TensorProto tensor : proto.getInitializerList()) {
      if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL
          || tensor.getExternalDataCount() > 0) {
        throw new IllegalArgumentException(
            TensorNames.label(tensor.getName(), source)
                + " is in another file (external data), which is not supported; export the model"
                + " into one file or use its safetensors");
      }
      if (initializers.put(tensor.getName(), tensor) != null) {
        throw unreadable(source, "it has two tensors '" + tensor.getName() + "'", null);
      }
    }
    OnnxGraph graph = new OnnxGraph(proto, initializers, source);
    Map<String, Entry> entries = new HashMap<>();
    initializers.forEach(
        (name, tensor) -> {
          if (TYPES.containsKey(tensor.getDataType()) && !graph.isLinearWeight(name)) {
            entries.put(name, entry(name, tensor, false));
          }
        });
    graph
        .linearWeights()
        .forEach(
            (name, weight) -> entries.put(name, entry(name, weight.tensor(), weight.transposed())));
    TensorNames.canonical(source, entries.keySet(), BertNames.of(entries.keySet()))
        .forEach((name, original) -> tensors.put(name, entries.get(original)));
    config = graph.config(this);
  }

  private Entry entry(String name, TensorProto tensor, boolean transposed) {
    String label = TensorNames.label(name, source);
    long[] stored = tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
    FloatType type = TYPES.get(tensor.getDataType());
    long elements = TensorNames.elements(stored, label);
    if (type == null || (transposed && stored.length != 2)) {
      throw new IllegalArgumentException(
          label
              + ": expected a matrix of floating-point numbers, got ONNX type "
              + tensor.getDataType()
              + " and "
              + stored.length
              + " dimensions; quantised models are not supported");
    }
    boolean raw = tensor.getFloatDataCount() == 0;
    int width = raw ? type.width() : 1;
    int size = raw ? tensor.getRawData().size() : tensor.getFloatDataCount();
    if (elements > Integer.MAX_VALUE || elements * width != size) {
      throw unreadable(
          source,
          "tensor '"
              + name
              + "' of shape "
              + tensor.getDimsList()
              + " in "
              + type
              + " has "
              + size
              + (raw ? " bytes" : " elements"),
          null);
    }
    return new Entry(tensor, stored, transposed);
  }

  /**
   * The architecture, read off names, shapes and constants of the graph, as {@code config.json}
   * would say it.
   */
  public ObjectNode config() {
    return config.deepCopy();
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  @Override
  public long[] shape(String name) {
    return TensorNames.get(tensors, Map.of(), name, source).shape();
  }

  @Override
  public float[] read(String name, long... shape) {
    Entry entry = TensorNames.get(tensors, Map.of(), name, source);
    TensorNames.checkShape(name, source, shape, entry.shape());
    float[] floats = floats(entry.tensor, TensorNames.label(name, source));
    return entry.transposed
        ? transpose(floats, (int) entry.stored[0], (int) entry.stored[1])
        : floats;
  }

  /** All elements of a floating-point tensor, as stored. */
  static float[] floats(TensorProto tensor, String label) {
    FloatType type = TYPES.get(tensor.getDataType());
    if (tensor.getFloatDataCount() == 0) {
      ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer();
      float[] floats = new float[raw.remaining() / type.width()];
      type.read(raw, floats, 0, 0, label);
      return floats;
    }
    float[] floats = new float[tensor.getFloatDataCount()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = FloatType.finite(tensor.getFloatData(i), i, label);
    }
    return floats;
  }

  private static float[] transpose(float[] x, int rows, int columns) {
    float[] y = new float[x.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        y[j * rows + i] = x[i * columns + j];
      }
    }
    return y;
  }

  static IllegalArgumentException unreadable(String source, String reason, Exception cause) {
    return new IllegalArgumentException(
        source + " is not a readable ONNX file: " + reason + "; download it again", cause);
  }

  @Override
  public void close() {
    // nothing is open: the bytes are on the heap
  }
}
