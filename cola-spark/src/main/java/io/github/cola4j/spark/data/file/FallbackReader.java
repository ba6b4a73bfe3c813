package io.github.cola4j.spark.data.file;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Text in UTF-8 whose bytes that are not UTF-8 are taken for Windows-1252, one by one. A file in
 * Windows-1252 reads as what it is, as its accented letters are no UTF-8; one in UTF-8 with damaged
 * places keeps the rest. The five bytes that Windows-1252 leaves open read as {@link
 * DataFile#MALFORMED}.
 */
final class FallbackReader extends Reader {
  private static final Charset FALLBACK = Charset.forName("windows-1252");

  private final InputStream in;
  private final ByteBuffer bytes = ByteBuffer.allocate(1 << 14).flip();
  private final CharBuffer chars = CharBuffer.allocate(1 << 14).flip();
  private final CharsetDecoder utf8 =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);
  private boolean ended;
  private long fallbacks;

  FallbackReader(InputStream in) {
    this.in = in;
  }

  /** Bytes so far that were not UTF-8. */
  long fallbacks() {
    return fallbacks;
  }

  @Override
  public int read(char[] target, int offset, int length) throws IOException {
    while (!chars.hasRemaining()) {
      if (ended && !bytes.hasRemaining()) {
        return -1;
      }
      fill();
    }
    int n = Math.min(length, chars.remaining());
    chars.get(target, offset, n);
    return n;
  }

  private void fill() throws IOException {
    bytes.compact();
    int n = in.read(bytes.array(), bytes.position(), bytes.remaining());
    ended = n < 0;
    bytes.position(bytes.position() + Math.max(n, 0)).flip();
    chars.clear();
    CoderResult result = utf8.decode(bytes, chars, ended);
    while (result.isError()) {
      if (chars.remaining() < result.length()) {
        break;
      }
      for (int i = 0; i < result.length(); i++) {
        chars.put(fallback(bytes.get()));
        fallbacks++;
      }
      result = utf8.decode(bytes, chars, ended);
    }
    chars.flip();
  }

  private static char fallback(byte value) {
    try {
      return FALLBACK.newDecoder().decode(ByteBuffer.wrap(new byte[] {value})).get();
    } catch (CharacterCodingException e) {
      return DataFile.MALFORMED;
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
