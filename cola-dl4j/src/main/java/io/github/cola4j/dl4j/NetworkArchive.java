package io.github.cola4j.dl4j;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The two entries of a {@code ModelSerializer} file that a network is made of: {@code
 * configuration.json} and {@code coefficients.bin}. The file is not trusted. No other entry is
 * opened: {@code ModelSerializer} itself would run Java deserialisation on {@code
 * preprocessor.bin}. The configuration may name classes of Deeplearning4j and of this package
 * alone, and sizes that the file claims are checked against its bytes before anything is allocated.
 */
final class NetworkArchive implements Closeable {
  /** Bytes of a configuration at most. */
  private static final int MAX_CONFIGURATION = 16 << 20;

  /** Entries of an archive at most; {@code ModelSerializer} writes up to five. */
  private static final int MAX_ENTRIES = 1000;

  /** How many times its packed size an entry may have; trained weights have less than twice. */
  private static final int MAX_RATIO = 200;

  private static final int MAX_RANK = 32;

  private static final List<String> PACKAGES =
      List.of("org.deeplearning4j.nn.", "org.nd4j.linalg.", "io.github.cola4j.dl4j.");

  private static final String CLASS = "@class";

  /** How ND4J has written lengths with 64 bits; before that they had 32. */
  private static final Set<String> LONG_LENGTHS = Set.of("LONG_SHAPE", "MIXED_DATA_TYPES");

  /** A class named twice would be checked once, and the other one made. */
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final ZipFile zip;

  private NetworkArchive(ZipFile zip) {
    this.zip = zip;
  }

  /**
   * Opens a file.
   *
   * @throws IllegalArgumentException if it is no archive, or one of too many entries
   */
  static NetworkArchive open(File file) throws IOException {
    ZipFile zip;
    try {
      zip = new ZipFile(file);
    } catch (ZipException e) {
      throw new IllegalArgumentException(
          "expected a file that ModelSerializer has written, it is no archive: " + e.getMessage(),
          e);
    }
    int size = zip.size();
    if (size > MAX_ENTRIES) {
      zip.close();
      throw new IllegalArgumentException(
          "expected a file that ModelSerializer has written, at most "
              + MAX_ENTRIES
              + " entries; it has "
              + size);
    }
    return new NetworkArchive(zip);
  }

  /** The configuration's text, whose classes are known ones. */
  String configuration() throws IOException {
    String name = ModelSerializer.CONFIGURATION_JSON;
    byte[] bytes;
    try (InputStream in = stream(name)) {
      bytes = in.readNBytes(MAX_CONFIGURATION + 1);
    }
    if (bytes.length > MAX_CONFIGURATION) {
      throw new IllegalArgumentException(
          name + " has more than " + MAX_CONFIGURATION + " bytes; it is no network's");
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    try {
      requireKnownClasses(JSON.readTree(text));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(name + " is no JSON: " + e.getOriginalMessage(), e);
    }
    return text;
  }

  private static void requireKnownClasses(JsonNode node) {
    JsonNode name = node.get(CLASS);
    if (name != null && PACKAGES.stream().noneMatch(name.asText()::startsWith)) {
      throw new IllegalArgumentException(
          String.format(
              "%s names the class %s; only classes of Deeplearning4j and its layers with adapters"
                  + " are made from a file. Replace the layer by one of these",
              ModelSerializer.CONFIGURATION_JSON, name));
    }
    node.forEach(NetworkArchive::requireKnownClasses);
  }

  /** Whether the network says that it has no parameters. */
  boolean isEmpty() {
    return zip.getEntry(ModelSerializer.NO_PARAMS_MARKER) != null;
  }

  /** The parameters [1 × all], FLOAT or DOUBLE. */
  INDArray coefficients() throws IOException {
    String name = ModelSerializer.COEFFICIENTS_BIN;
    long bytes = requireSane(name);
    try (DataInputStream in = new DataInputStream(new BufferedInputStream(stream(name), 1 << 16))) {
      Header shape = Header.read(in);
      if (shape.length > 2 * MAX_RANK + 4 || shape.width() == 0) {
        throw new IllegalArgumentException(name + " begins with no shape of an array: " + shape);
      }
      in.skipNBytes(shape.length * shape.width());
      bytes -= shape.bytes + shape.length * shape.width();
      Header values = Header.read(in);
      bytes -= values.bytes;
      DataType type = values.floating();
      if (values.length < 1 || values.length > bytes / type.width() || bytes % type.width() != 0) {
        throw new IllegalArgumentException(
            String.format(
                "%s claims %,d numbers of type %s, and has %,d bytes of them",
                name, values.length, values.type, bytes));
      }
      return read(in, type, values.length);
    } catch (EOFException e) {
      throw new IllegalArgumentException(name + " is cut off; copy the file again", e);
    }
  }

  private static INDArray read(DataInputStream in, DataType type, long length) throws IOException {
    INDArray array = Nd4j.createUninitialized(type, 1, length);
    for (long i = 0; i < length; i++) {
      if (type == DataType.FLOAT) {
        array.data().put(i, in.readFloat());
      } else {
        array.data().put(i, in.readDouble());
      }
    }
    return array;
  }

  /** An entry's bytes, counted; what the archive says of itself is not believed. */
  private long requireSane(String name) throws IOException {
    long most = MAX_RATIO * Math.max(1 << 14, new File(zip.getName()).length());
    long bytes = 0;
    byte[] block = new byte[1 << 16];
    try (InputStream in = stream(name)) {
      for (int read = in.read(block); read >= 0; read = in.read(block)) {
        bytes += read;
        if (bytes > most) {
          throw new IllegalArgumentException(
              String.format(
                  "%s unpacks to more than %d times the file; no trained network does",
                  name, MAX_RATIO));
        }
      }
    } catch (ZipException e) {
      throw new IllegalArgumentException(name + " is damaged: " + e.getMessage(), e);
    }
    return bytes;
  }

  private InputStream stream(String name) throws IOException {
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      throw new IllegalArgumentException(
          "expected a file that ModelSerializer has written, it has no " + name);
    }
    return zip.getInputStream(entry);
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }

  /** What ND4J writes before the elements of a buffer; {@code bytes} is its own size. */
  private record Header(String type, long length, int bytes) {
    static Header read(DataInputStream in) throws IOException {
      String mode = in.readUTF();
      boolean wide = LONG_LENGTHS.contains(mode);
      long length = wide ? in.readLong() : in.readInt();
      String type = in.readUTF();
      if (length < 0) {
        throw new IllegalArgumentException("expected an array of ND4J, got the length " + length);
      }
      return new Header(type, length, 4 + mode.length() + type.length() + (wide ? 8 : 4));
    }

    /** Bytes of an element of a shape; 0 if it is none. */
    int width() {
      return type.equals("LONG") ? 8 : type.equals("INT") ? 4 : 0;
    }

    DataType floating() {
      return switch (type.toUpperCase(Locale.ROOT)) {
        case "FLOAT" -> DataType.FLOAT;
        case "DOUBLE" -> DataType.DOUBLE;
        default ->
            throw new IllegalArgumentException("expected the type FLOAT or DOUBLE, got " + type);
      };
    }
  }
}
