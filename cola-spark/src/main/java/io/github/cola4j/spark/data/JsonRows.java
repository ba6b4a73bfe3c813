package io.github.cola4j.spark.data;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Serializable;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;

/**
 * The objects of a JSON file, one in memory at a time: its lines, or the elements of its one array.
 */
final class JsonRows<T extends Serializable> implements RowSource<T> {
  private final String file;
  private final RowRule<T> rule;
  private final BufferedReader reader;
  private final JsonMapper mapper;

  /** The parser inside the array; null where every line is a value. */
  private final JsonParser array;

  private long line;

  JsonRows(DataFile file, RowRule<T> rule, Configuration conf) throws IOException {
    this.file = file.name();
    this.rule = rule;
    this.reader = file.open(conf);
    boolean isArray = file.format() == DataFile.Format.JSON && startsWithBracket(reader);
    this.mapper =
        JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .configure(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, !isArray)
            .build();
    this.array = isArray ? mapper.createParser(reader) : null;
    if (isArray) {
      array.nextToken();
    }
  }

  /**
   * A value, or what is malformed where one should be.
   *
   * @param content the line; null in an array, where the value says it
   */
  private record Value(long line, JsonNode node, String content, String malformed, boolean fatal) {
    String shown() {
      return content == null ? node.toString() : content;
    }
  }

  @Override
  public ReadRow<T> next() throws IOException {
    Value value = array == null ? nextLine() : nextElement();
    if (value == null) {
      return null;
    }
    if (value.malformed() != null) {
      return value.fatal()
          ? ReadRow.fatal(file, value.line(), value.malformed())
          : ReadRow.bad(file, value.line(), "malformed JSON", value.malformed(), value.content());
    }
    JsonNode node = value.node();
    if (!node.isObject()) {
      String reason = "not an object but " + kind(node);
      return ReadRow.bad(file, value.line(), reason, reason, value.shown());
    }
    return rule.read(file, value.line(), new Row(node), value::shown);
  }

  /** The keys of the first objects; reads on from where it is. */
  Set<String> keys(int objects) throws IOException {
    Set<String> keys = new LinkedHashSet<>();
    int seen = 0;
    while (seen < objects) {
      Value value = array == null ? nextLine() : nextElement();
      if (value == null || value.fatal()) {
        break;
      }
      if (value.malformed() == null && value.node().isObject()) {
        value.node().fieldNames().forEachRemaining(keys::add);
        seen++;
      }
    }
    return keys;
  }

  private Value nextLine() throws IOException {
    String content;
    do {
      content = reader.readLine();
      line++;
    } while (content != null && content.isBlank());
    if (content == null) {
      return null;
    }
    try {
      return new Value(line, mapper.readTree(content), content, null, false);
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      String where = at == null ? "" : " at column " + at.getColumnNr();
      String reason = "malformed JSON" + where + ": " + reason(e);
      return new Value(line, null, content, reason, false);
    }
  }

  /** A malformed element ends the array, as nothing says where the next one begins. */
  private Value nextElement() throws IOException {
    String reason;
    try {
      if (array.nextToken() != JsonToken.END_ARRAY) {
        line = array.currentTokenLocation().getLineNr();
        JsonNode node = array.readValueAsTree();
        return new Value(line, node, null, null, false);
      }
      if (array.nextToken() == null) {
        return null;
      }
      reason = "text after the end of the array";
    } catch (JsonProcessingException e) {
      reason = reason(e);
    }
    line = array.currentLocation().getLineNr();
    return new Value(line, null, null, "malformed JSON array: " + reason, true);
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }

  private static boolean startsWithBracket(BufferedReader reader) throws IOException {
    int lookAhead = 4096;
    reader.mark(lookAhead);
    int first = ' ';
    for (int i = 0; i < lookAhead && Character.isWhitespace(first); i++) {
      first = reader.read();
    }
    reader.reset();
    return first == '[';
  }

  /** Jackson's reason, without the part that quotes its source. */
  private static String reason(JsonProcessingException e) {
    return e.getOriginalMessage().replaceAll("\\s*\\((start marker )?at \\[Source[^]]*]\\)", "");
  }

  private record Row(JsonNode object) implements RowRule.Values {
    @Override
    public Object of(String column) {
      JsonNode node = object.get(column);
      if (node == null || node.isNull()) {
        return null;
      }
      return node.isValueNode() ? node.asText() : new RowRule.Nested(kind(node), node);
    }

    @Override
    public String whenNull() {
      return "is missing or null";
    }
  }

  /** What a value is, with its article. */
  static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case NULL -> "null";
      case ARRAY, OBJECT -> "an " + node.getNodeType().name().toLowerCase(Locale.ROOT);
      default -> "a " + node.getNodeType().name().toLowerCase(Locale.ROOT);
    };
  }
}
