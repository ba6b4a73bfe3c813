package io.github.cola4j.spark.track;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.zip.CRC32C;
import org.nd4j.shade.protobuf.CodedOutputStream;
import org.tensorflow.framework.Summary;

/**
 * A file of TensorFlow's events, as TensorBoard reads them: records, each an {@code Event} of
 * Protocol Buffers.
 *
 * <p>A record is its length (8 bytes, little-endian), the length's checksum, the event and the
 * event's checksum, each CRC-32C of 4 bytes, masked.
 */
final class EventFile {
  private static final String VERSION = "brain.Event:2";
  private static final int MASK_DELTA = 0xa282ead8;
  private static final int FRAME_BYTES = Long.BYTES + 2 * Integer.BYTES;

  // fields of tensorflow.Event and tensorflow.SessionLog
  private static final int WALL_TIME = 1;
  private static final int STEP = 2;
  private static final int FILE_VERSION = 3;
  private static final int SUMMARY = 5;
  private static final int SESSION_LOG = 7;
  private static final int STATUS = 1;
  private static final int START = 1;

  private final Path file;

  private EventFile(Path file) {
    this.file = file;
  }

  /**
   * Starts a file.
   *
   * @param first the first step that it has: what TensorBoard knows of later ones is outdated
   */
  static EventFile create(Path file, double seconds, long first) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.createFile(file);
    EventFile events = new EventFile(file);
    events.append(event(seconds, 0, out -> out.writeString(FILE_VERSION, VERSION)));
    byte[] start = bytes(out -> out.writeEnum(STATUS, START));
    events.append(event(seconds, first, out -> out.writeByteArray(SESSION_LOG, start)));
    return events;
  }

  /** Where it is. */
  Path file() {
    return file;
  }

  /** Adds values of one step. */
  void add(double seconds, long step, Map<String, Double> values) throws IOException {
    Summary.Builder summary = Summary.newBuilder();
    values.forEach(
        (tag, value) ->
            summary.addValue(
                Summary.Value.newBuilder().setTag(tag).setSimpleValue(value.floatValue())));
    append(event(seconds, step, out -> out.writeMessage(SUMMARY, summary.build())));
  }

  private interface Fields {
    void writeTo(CodedOutputStream out) throws IOException;
  }

  private static byte[] event(double seconds, long step, Fields what) throws IOException {
    return bytes(
        out -> {
          out.writeDouble(WALL_TIME, seconds);
          if (step != 0) { // as all that is zero, it is left out
            out.writeInt64(STEP, step);
          }
          what.writeTo(out);
        });
  }

  private static byte[] bytes(Fields fields) throws IOException {
    var bytes = new java.io.ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    fields.writeTo(out);
    out.flush();
    return bytes.toByteArray();
  }

  private void append(byte[] event) throws IOException {
    Files.write(file, record(event), StandardOpenOption.APPEND);
  }

  /** An event in its frame. */
  static byte[] record(byte[] event) {
    ByteBuffer record =
        ByteBuffer.allocate(FRAME_BYTES + event.length).order(ByteOrder.LITTLE_ENDIAN);
    record.putLong(event.length);
    record.putInt(masked(record.array(), 0, Long.BYTES));
    record.put(event);
    record.putInt(masked(event, 0, event.length));
    return record.array();
  }

  /** The checksum as records have it: masked, since checksums of what has checksums are weak. */
  static int masked(byte[] bytes, int from, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, from, length);
    int crc = (int) checksum.getValue();
    return ((crc >>> 15) | (crc << 17)) + MASK_DELTA;
  }
}
