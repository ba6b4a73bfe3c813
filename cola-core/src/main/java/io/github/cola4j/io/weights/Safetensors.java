package io.github.cola4j.io.weights;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.io.weights.SafetensorsHeader.Entry;
import io.github.cola4j.nn.stored.FloatMatrix;
import io.github.cola4j.nn.stored.Memory;
import io.github.cola4j.nn.stored.MemorySource;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A safetensors file (github.com/huggingface/safetensors): an 8-byte little-endian header length, a
 * JSON header, the tensors' bytes without gaps.
 *
 * <p>The file is memory-mapped: a tensor's bytes come from the system's page cache and are
 * converted where they lie. The mapping ends when the garbage collector finds it, some time after
 * {@link #close}.
 *
 * <p>The file is not trusted: the header's length, keys, shapes and offsets are all checked against
 * the file's size when it is opened, before anything of that size is allocated, and the size again
 * while a tensor is read. Tensors of F32, F16, BF16 and F64 are listed and read; integer ones (a
 * BERT's {@code position_ids}) are checked, and listed as {@link #unreadable}.
 */
public final class Safetensors implements Weights {
  private static final int MAX_HEADER = 100_000_000;

  /** What a git-lfs pointer begins with. */
  private static final byte[] LFS = "version https://git-lfs".getBytes(StandardCharsets.US_ASCII);

  /** Bytes from the start of one mapped window to the start of the next. */
  private static final long WINDOW = 1 << 30;

  /** Bytes converted at once; windows overlap by as many, so that these always lie in one. */
  private static final int CHUNK = 1 << 20;

  /** Refuses duplicate keys and anything after the value. */
  public static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Path path;
  private final FileChannel channel;
  private final MappedByteBuffer[] windows;
  private final SafetensorsHeader header;
  private final Map<String, Entry> tensors = new TreeMap<>();
  private final Map<String, String> unreadable = new TreeMap<>();
  private final long dataStart;

  /**
   * Opens a file and checks its header.
   *
   * @throws IllegalArgumentException if it is no valid safetensors file; the message says what is
   *     wrong where
   */
  public static Safetensors open(Path path) {
    FileChannel channel = null;
    try {
      channel = FileChannel.open(path);
      Safetensors opened = new Safetensors(path, channel);
      channel = null;
      return opened;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path + ": " + e, e);
    } finally {
      closeQuietly(channel);
    }
  }

  private Safetensors(Path path, FileChannel channel) throws IOException {
    this.path = path;
    this.channel = channel;
    long size = channel.size();
    if (size < 8) {
      throw SafetensorsHeader.truncated(path, "at least the 8 bytes of the header's length", size);
    }
    windows = map(channel, size);
    long length = mapped(0, 8).getLong();
    if (isPointer(size)) {
      throw new IllegalArgumentException(
          path
              + " is a git-lfs pointer, not the file itself; fetch it with git lfs pull, or"
              + " download it from the hub");
    }
    if (length < 2 || length > MAX_HEADER) {
      throw new IllegalArgumentException(
          path
              + ": expected a header of 2 to "
              + MAX_HEADER
              + " bytes, it declares "
              + Long.toUnsignedString(length)
              + "; this is not a safetensors file or it is damaged");
    }
    dataStart = 8 + length;
    if (dataStart > size) {
      throw SafetensorsHeader.truncated(path, dataStart + " bytes for the header", size);
    }
    header = new SafetensorsHeader(path, mapped(8, (int) length), dataStart, size);
    for (Entry entry : header.tensors().values()) {
      if (entry.type() != null) {
        tensors.put(entry.name(), entry);
      } else {
        unreadable.put(entry.name(), entry.dtype());
      }
    }
  }

  /** Whether git-lfs left a note of the file in its place. */
  private boolean isPointer(long size) {
    byte[] start = new byte[(int) Math.min(size, LFS.length)];
    mapped(0, start.length).get(start);
    return Arrays.equals(start, LFS);
  }

  /** The header's {@code __metadata__}; empty if it has none. */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  @Override
  public String source() {
    return path.toString();
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  @Override
  public long[] shape(String name) {
    return TensorNames.get(tensors, unreadable, name, source()).shape().clone();
  }

  @Override
  public Map<String, String> unreadable() {
    return Collections.unmodifiableMap(unreadable);
  }

  @Override
  public float[] read(String name, long... shape) {
    Entry entry = entry(name, shape);
    float[] floats = new float[TensorNames.arrayLength(shape, TensorNames.label(name, source()))];
    convert(entry, 0, floats);
    return floats;
  }

  @Override
  public void read(String name, Rows rows, long... shape) {
    Entry entry = entry(name, shape);
    String label = TensorNames.label(name, source());
    long all = shape.length == 0 ? 1 : shape[0];
    long width = TensorNames.elements(shape, label) / Math.max(1, all);
    if (width == 0) {
      return;
    }
    long step = Math.max(1, CHUNK / entry.type().width() / width);
    for (long first = 0; first < all; first += step) {
      long count = Math.min(step, all - first);
      float[] some = new float[TensorNames.arrayLength(new long[] {count, width}, label)];
      convert(entry, first * width, some);
      rows.accept(Math.toIntExact(first), some);
    }
  }

  @Override
  public StoredMatrix stored(String name, int out, int in) {
    Entry entry = entry(name, new long[] {out, in});
    FloatMatrix.Element element = entry.type().element();
    if (element == null || entry.begin() == entry.end()) {
      return null;
    }
    String label = TensorNames.label(name, source());
    requireWhole(entry, label);
    long width = (long) in * element.width();
    int most = (int) Math.max(1, WINDOW / width);
    List<FloatMatrix.Block> blocks = new ArrayList<>();
    for (int first = 0; first < out; first += most) {
      int rows = Math.min(most, out - first);
      ByteBuffer mapping = map(entry.begin() + first * width, rows * width, label);
      blocks.add(FloatMatrix.block(first, rows, mapping));
    }
    MemorySource file = MemorySource.file(path, dataStart + entry.end());
    FloatMatrix matrix = new FloatMatrix(element, out, in, blocks, file);
    if (!matrix.isFinite()) {
      read(name, (first, some) -> {}, out, in); // says which element is not
    }
    return matrix;
  }

  @Override
  public FloatType type(String name) {
    return TensorNames.get(tensors, unreadable, name, source()).type();
  }

  @Override
  public RawTensor raw(String name) {
    Entry entry = header.tensors().get(name);
    if (entry == null) {
      TensorNames.get(tensors, Map.of(), name, source()); // says which there are
    }
    String label = TensorNames.label(name, source());
    if (entry.bytes() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          label + ": expected up to 2^31 - 1 bytes, it has " + entry.bytes());
    }
    requireWhole(entry, label);
    MemorySource file = MemorySource.file(path, dataStart + entry.end());
    return new RawTensor(
        entry.dtype(), entry.shape(), Memory.of(map(entry.begin(), entry.bytes(), label)), file);
  }

  private ByteBuffer map(long offset, long size, String label) {
    try {
      return channel.map(FileChannel.MapMode.READ_ONLY, dataStart + offset, size);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot map " + label + ": " + e, e);
    }
  }

  private Entry entry(String name, long[] shape) {
    Entry entry = TensorNames.get(tensors, unreadable, name, source());
    TensorNames.checkShape(name, source(), shape, entry.shape());
    return entry;
  }

  /** Converts a tensor's elements from number {@code first} on. */
  private void convert(Entry entry, long first, float[] target) {
    int width = entry.type().width();
    int step = CHUNK / width;
    String label = TensorNames.label(entry.name(), source());
    for (int done = 0; done < target.length; done += step) {
      int count = Math.min(step, target.length - done);
      long element = first + done;
      requireWhole(entry, label);
      ByteBuffer bytes = mapped(dataStart + entry.begin() + element * width, count * width);
      entry.type().read(bytes, target, done, element, label);
    }
  }

  /** A page of a mapped file that was shortened meanwhile is an error of the JVM. */
  private void requireWhole(Entry entry, String label) {
    try {
      if (dataStart + entry.end() > channel.size()) {
        throw SafetensorsHeader.truncated(
            path, dataStart + entry.end() + " bytes for " + label, channel.size());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + label + ": " + e, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
      Arrays.fill(windows, null);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + path + ": " + e, e);
    }
  }

  private static MappedByteBuffer[] map(FileChannel channel, long size) throws IOException {
    MappedByteBuffer[] windows = new MappedByteBuffer[Math.toIntExact((size - 1) / WINDOW + 1)];
    for (int i = 0; i < windows.length; i++) {
      long start = i * WINDOW;
      windows[i] =
          channel.map(FileChannel.MapMode.READ_ONLY, start, Math.min(WINDOW + CHUNK, size - start));
    }
    return windows;
  }

  /** Bytes of the file: the header's, or at most {@value #CHUNK}. */
  private ByteBuffer mapped(long position, int length) {
    return windows[(int) (position / WINDOW)]
        .slice((int) (position % WINDOW), length)
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // the reason it is closed for is being thrown and says more
    }
  }
}
