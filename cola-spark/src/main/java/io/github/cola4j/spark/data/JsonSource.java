package io.github.cola4j.spark.data;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.util.LineReader;

/**
 * The values of a JSON file, one in memory at a time: the lines of JSON lines, or the elements of
 * one array.
 */
interface JsonSource extends Closeable {
  /**
   * One value.
   *
   * @param line the line it starts at, from 1
   * @param node the value; null where it is malformed
   * @param problem what is malformed; null where nothing is
   * @param content the line, or null where the node says it
   */
  record Value(long line, JsonNode node, String problem, String content) {}

  /** The longest line read, in bytes; a longer one is a bad row. */
  int MAX_LINE = 64 << 20;

  /** Whether nothing can be read after a malformed value. */
  boolean endsAtProblem();

  /** The next value, or null after the last. */
  Value next() throws IOException;

  /** Opens a file as what it is. */
  static JsonSource open(DataFile file, Configuration conf) throws IOException {
    InputStream stream = file.open(conf);
    boolean array = file.format() == DataFile.Format.JSON && startsWithBracket(stream);
    return array ? new Array(stream) : new Lines(stream);
  }

  private static boolean startsWithBracket(InputStream stream) throws IOException {
    int lookAhead = 4096;
    stream.mark(lookAhead);
    int first = ' ';
    for (int i = 0; i < lookAhead && Character.isWhitespace(first); i++) {
      first = stream.read();
    }
    stream.reset();
    return first == '[';
  }

  private static JsonMapper mapper(boolean onlyOneValue) {
    return JsonMapper.builder()
        .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
        .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
        .configure(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, onlyOneValue)
        .build();
  }

  /** Jackson's reason, without the part that quotes its source. */
  private static String reason(JsonProcessingException e) {
    String message =
        e.getOriginalMessage().replaceAll("\\s*\\((start marker )?at \\[Source[^]]*]\\)", "");
    return Utf8.shown(message);
  }

  /** JSON lines; lines that are blank do not count as rows. */
  final class Lines implements JsonSource {
    private final JsonMapper mapper = mapper(true);
    private final LineReader reader;
    private final Text bytes = new Text();
    private long line;

    Lines(InputStream stream) {
      reader = new LineReader(stream);
    }

    @Override
    public boolean endsAtProblem() {
      return false;
    }

    @Override
    public Value next() throws IOException {
      while (true) {
        int read = reader.readLine(bytes, MAX_LINE);
        if (read == 0) {
          return null;
        }
        line++;
        String content = Utf8.decode(bytes.getBytes(), bytes.getLength());
        if (read > MAX_LINE + 2) {
          return new Value(line, null, "the line is longer than " + MAX_LINE + " bytes", content);
        }
        if (!content.isBlank()) {
          return parse(content);
        }
      }
    }

    private Value parse(String content) {
      try {
        return new Value(line, mapper.readTree(content), null, content);
      } catch (JsonProcessingException e) {
        JsonLocation at = e.getLocation();
        String where = at == null ? "" : " at column " + at.getColumnNr();
        return new Value(line, null, "malformed JSON" + where + ": " + reason(e), content);
      }
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }

  /** One array; it ends at the first malformed element, as nothing says where the next begins. */
  final class Array implements JsonSource {
    private final JsonParser parser;

    Array(InputStream stream) throws IOException {
      parser = mapper(false).createParser(Utf8.reader(stream));
      parser.nextToken();
    }

    @Override
    public boolean endsAtProblem() {
      return true;
    }

    @Override
    public Value next() throws IOException {
      try {
        if (parser.nextToken() != JsonToken.END_ARRAY) {
          long line = parser.currentTokenLocation().getLineNr();
          return new Value(line, parser.readValueAsTree(), null, null);
        }
        if (parser.nextToken() == null) {
          return null;
        }
        return broken("text after the end of the array");
      } catch (JsonProcessingException e) {
        return broken(reason(e));
      }
    }

    private Value broken(String reason) {
      long line = parser.currentLocation().getLineNr();
      return new Value(line, null, "malformed JSON array: " + reason, null);
    }

    @Override
    public void close() throws IOException {
      parser.close();
    }
  }
}
