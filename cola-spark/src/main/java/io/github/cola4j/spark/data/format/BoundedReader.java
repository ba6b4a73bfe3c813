package io.github.cola4j.spark.data.format;

import io.github.cola4j.spark.data.file.DataFile;
import java.io.IOException;
import java.io.Reader;

/** Text of which a parser may take no more than {@link LineReader#MAX_LINE} for one value. */
final class BoundedReader extends Reader {
  /** A value that is too long. */
  static final class TooLongException extends IOException {
    private static final long serialVersionUID = 1;

    TooLongException() {
      super(String.format("a value of more than %,d characters", LineReader.MAX_LINE));
    }
  }

  private final Reader in;
  private long taken;
  private boolean isAfterHigh;
  private boolean malformed;

  BoundedReader(Reader in) {
    this.in = in;
  }

  /** A new value begins, somewhere in what was taken last. */
  void restart() {
    taken = 0;
  }

  /** Whether bytes so far were none of the encoding. */
  boolean hasMalformed() {
    return malformed;
  }

  @Override
  public int read(char[] target, int offset, int length) throws IOException {
    if (taken > LineReader.MAX_LINE) {
      throw new TooLongException();
    }
    int read = in.read(target, offset, length);
    taken += Math.max(read, 0);
    for (int i = offset; i < offset + read; i++) {
      malformed |= target[i] == DataFile.MALFORMED && !isAfterHigh;
      isAfterHigh = Character.isHighSurrogate(target[i]);
    }
    return read;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
