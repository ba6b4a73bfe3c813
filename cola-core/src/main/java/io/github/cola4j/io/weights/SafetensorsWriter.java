package io.github.cola4j.io.weights;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.io.AtomicFile;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Writes safetensors files, as float32 unless asked for another type. The same tensors and metadata
 * always give the same bytes: names are sorted, the header is padded to 8 bytes with spaces.
 */
public final class SafetensorsWriter {
  private static final int CHUNK = 1 << 18;

  private SafetensorsWriter() {}

  /**
   * A tensor to write.
   *
   * @param shape its dimensions
   * @param data the elements, row-major, as many as the shape has, all finite
   */
  public record Tensor(long[] shape, float[] data) {

    /** Checks the number of elements. */
    public Tensor {
      long elements = TensorNames.elements(shape, "a tensor to write");
      if (elements != data.length) {
        throw new IllegalArgumentException(
            "shape "
                + Arrays.toString(shape)
                + " has "
                + elements
                + " elements, got "
                + data.length);
      }
    }
  }

  /**
   * A tensor that is made when it is written.
   *
   * @param shape its dimensions
   * @param elements makes the elements, row-major, as many as the shape has, all finite
   */
  public record Source(long[] shape, Supplier<float[]> elements) {
    /** Bytes in the file. */
    public long bytes(FloatType type) {
      return type.width() * TensorNames.elements(shape, "a tensor to write");
    }
  }

  /**
   * Writes a file; no reader ever sees half of it.
   *
   * @throws IllegalArgumentException if an element is a NaN or infinite; nothing is written
   */
  public static void write(Path path, Map<String, Tensor> tensors, Map<String, String> metadata) {
    write(path, tensors, FloatType.F32, metadata);
  }

  /**
   * As {@link #write(Path, Map, Map)}, rounded to a type.
   *
   * @throws IllegalArgumentException if an element is a NaN, infinite, or too large for the type
   */
  public static void write(
      Path path, Map<String, Tensor> tensors, FloatType type, Map<String, String> metadata) {
    writeSources(path, sources(tensors), type, metadata);
  }

  /**
   * Writes the bytes of a file to a stream, which stays open.
   *
   * @param label what messages call it
   * @throws IllegalArgumentException if an element is a NaN or infinite
   */
  public static void write(
      OutputStream out, String label, Map<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    Map<String, Source> sources = sources(tensors);
    FloatType type = FloatType.F32;
    writeAll(Channels.newChannel(out), label, header(sources, type, metadata), sources, type);
  }

  private static Map<String, Source> sources(Map<String, Tensor> tensors) {
    Map<String, Source> sources = new TreeMap<>();
    tensors.forEach(
        (name, tensor) -> sources.put(name, new Source(tensor.shape, () -> tensor.data)));
    return sources;
  }

  /** As {@link #write}, with one tensor in memory at a time. */
  public static void writeSources(
      Path path, Map<String, Source> tensors, FloatType type, Map<String, String> metadata) {
    Map<String, Source> sorted = new TreeMap<>(tensors);
    byte[] header = header(sorted, type, metadata);
    try {
      AtomicFile.write(path, channel -> writeAll(channel, path.toString(), header, sorted, type));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + path + ": " + e, e);
    }
  }

  private static byte[] header(
      Map<String, Source> tensors, FloatType type, Map<String, String> metadata) {
    ObjectNode root = new ObjectMapper().createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode node = root.putObject("__metadata__");
      new TreeMap<>(metadata).forEach(node::put);
    }
    long offset = 0;
    for (var tensor : tensors.entrySet()) {
      if (tensor.getKey().equals("__metadata__")) {
        throw new IllegalArgumentException("a tensor cannot be called __metadata__; rename it");
      }
      ObjectNode node = root.putObject(tensor.getKey());
      node.put("dtype", type.name());
      var shape = node.putArray("shape");
      Arrays.stream(tensor.getValue().shape).forEach(shape::add);
      long end = offset + tensor.getValue().bytes(type);
      node.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    String json = root.toString();
    int length = json.getBytes(StandardCharsets.UTF_8).length;
    return (json + " ".repeat(-length & 7)).getBytes(StandardCharsets.UTF_8);
  }

  private static void writeAll(
      WritableByteChannel channel,
      String source,
      byte[] header,
      Map<String, Source> tensors,
      FloatType type)
      throws IOException {
    ByteBuffer start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
    writeFully(channel, start.putLong(header.length).put(header).flip());
    ByteBuffer chunk = ByteBuffer.allocate(type.width() * CHUNK);
    for (var tensor : tensors.entrySet()) {
      Tensor written = new Tensor(tensor.getValue().shape, tensor.getValue().elements.get());
      String label = TensorNames.label(tensor.getKey(), source);
      int count;
      for (int from = 0; from < written.data.length; from += count) {
        count = Math.min(CHUNK, written.data.length - from);
        chunk.clear();
        type.write(written.data, from, count, chunk, label);
        writeFully(channel, chunk.flip());
      }
    }
  }

  private static void writeFully(WritableByteChannel channel, ByteBuffer buffer)
      throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
