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
    Map<String, Stored> stored = stored(sources(tensors), FloatType.F32);
    writeAll(Channels.newChannel(out), label, header(stored, metadata), stored);
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
    writeStored(path, stored(tensors, type), metadata);
  }

  /**
   * A tensor of any type.
   *
   * @param dtype as safetensors calls it
   * @param bytes that {@code content} writes
   */
  public record Stored(String dtype, long[] shape, long bytes, Content content) {

    /** A tensor as it is, in the type that its file has, read some rows at a time. */
    public static Stored copy(Weights weights, String name) {
      FloatType type = weights.type(name);
      long[] shape = weights.shape(name);
      return new Stored(
          type.name(),
          shape,
          new Source(shape, () -> null).bytes(type),
          (channel, label) ->
              weights.read(
                  name,
                  (first, rows) -> {
                    try {
                      write(channel, rows, type, label);
                    } catch (IOException e) {
                      throw new UncheckedIOException("cannot write " + label + ": " + e, e);
                    }
                  },
                  shape));
    }

    /** A tensor rounded to a type. */
    public static Stored of(Tensor tensor, FloatType type) {
      return of(new Source(tensor.shape, () -> tensor.data), type);
    }

    private static Stored of(Source source, FloatType type) {
      return new Stored(
          type.name(),
          source.shape,
          source.bytes(type),
          (channel, label) -> {
            Tensor written = new Tensor(source.shape, source.elements.get());
            write(channel, written.data, type, label);
          });
    }

    /** A few bytes. */
    public static Stored of(String dtype, long[] shape, ByteBuffer bytes) {
      return new Stored(
          dtype,
          shape,
          bytes.remaining(),
          (channel, label) -> writeFully(channel, bytes.duplicate()));
    }
  }

  /** Writes a tensor's elements, row-major and little-endian. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes all of them.
     *
     * @param label the tensor's name and file, for messages
     */
    void writeTo(WritableByteChannel channel, String label) throws IOException;
  }

  /**
   * As {@link #write}, tensors of any types.
   *
   * @throws IllegalStateException if a content writes more or less than its tensor has
   */
  public static void writeStored(
      Path path, Map<String, Stored> tensors, Map<String, String> metadata) {
    Map<String, Stored> sorted = new TreeMap<>(tensors);
    byte[] header = header(sorted, metadata);
    try {
      AtomicFile.write(path, channel -> writeAll(channel, path.toString(), header, sorted));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + path + ": " + e, e);
    }
  }

  private static Map<String, Stored> stored(Map<String, Source> tensors, FloatType type) {
    Map<String, Stored> stored = new TreeMap<>();
    tensors.forEach((name, source) -> stored.put(name, Stored.of(source, type)));
    return stored;
  }

  private static byte[] header(Map<String, Stored> tensors, Map<String, String> metadata) {
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
      node.put("dtype", tensor.getValue().dtype);
      var shape = node.putArray("shape");
      Arrays.stream(tensor.getValue().shape).forEach(shape::add);
      long end = offset + tensor.getValue().bytes;
      node.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    String json = root.toString();
    int length = json.getBytes(StandardCharsets.UTF_8).length;
    return (json + " ".repeat(-length & 7)).getBytes(StandardCharsets.UTF_8);
  }

  private static void writeAll(
      WritableByteChannel channel, String source, byte[] header, Map<String, Stored> tensors)
      throws IOException {
    ByteBuffer start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
    writeFully(channel, start.putLong(header.length).put(header).flip());
    Counted counted = new Counted(channel);
    for (var tensor : tensors.entrySet()) {
      String label = TensorNames.label(tensor.getKey(), source);
      counted.bytes = 0;
      tensor.getValue().content.writeTo(counted, label);
      if (counted.bytes != tensor.getValue().bytes) {
        throw new IllegalStateException(
            label + ": wrote " + counted.bytes + " of " + tensor.getValue().bytes + " bytes");
      }
    }
  }

  /** Counts what is written; leaves the channel open. */
  private static final class Counted implements WritableByteChannel {
    private final WritableByteChannel channel;
    private long bytes;

    Counted(WritableByteChannel channel) {
      this.channel = channel;
    }

    @Override
    public int write(ByteBuffer buffer) throws IOException {
      int written = channel.write(buffer);
      bytes += written;
      return written;
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void close() {
      // whoever opened the channel closes it
    }
  }

  /** Writes some elements, rounded to a type. */
  public static void write(
      WritableByteChannel channel, float[] elements, FloatType type, String label)
      throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(type.width() * Math.min(CHUNK, elements.length));
    int count;
    for (int from = 0; from < elements.length; from += count) {
      count = Math.min(CHUNK, elements.length - from);
      chunk.clear();
      type.write(elements, from, count, chunk, label);
      writeFully(channel, chunk.flip());
    }
  }

  static void writeFully(WritableByteChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
