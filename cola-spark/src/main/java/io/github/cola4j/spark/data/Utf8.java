package io.github.cola4j.spark.data;

import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * UTF-8 in which bytes that are not UTF-8 stay visible: they become U+FFFF, a noncharacter that no
 * text holds, where Java's own U+FFFD might stand in the file. So one bad byte costs its row and
 * not the file.
 */
final class Utf8 {
  private static final char MALFORMED = '\uFFFF';

  private Utf8() {}

  static Reader reader(InputStream stream) {
    return new InputStreamReader(stream, decoder());
  }

  static String decode(byte[] bytes, int length) throws CharacterCodingException {
    CharBuffer characters = decoder().decode(ByteBuffer.wrap(bytes, 0, length));
    return characters.toString();
  }

  static boolean isMalformed(String text) {
    return text.indexOf(MALFORMED) >= 0;
  }

  /** The text with the usual replacement character, fit to be shown and written. */
  static String shown(String text) {
    return text.replace(MALFORMED, '\uFFFD');
  }

  private static CharsetDecoder decoder() {
    return StandardCharsets.UTF_8
        .newDecoder()
        .onMalformedInput(CodingErrorAction.REPLACE)
        .replaceWith(String.valueOf(MALFORMED));
  }
}
