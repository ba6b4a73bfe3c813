package io.github.cola4j.spark.data.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.spark.data.file.DataFile;
import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.data.row.ReadRow;
import io.github.cola4j.spark.data.row.RowRule;
import io.github.cola4j.spark.data.row.RowSource;
import io.github.cola4j.spark.data.row.Surrogates;
import java.io.Closeable;
import java.io.IOException;
import java.io.Serializable;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;

/** The objects of a JSON file, one in memory at a time, however {@link JsonLayout} has them. */
public final class JsonRows<T extends Serializable> implements RowSource<T> {
  /** Keys that a look at a file gathers at most, but for those of the last object. */
  private static final int MAX_KEYS = 20_000;

  private final String file;
  private final RowRule<T> rule;
  private final Values values;

  JsonRows(DataFile file, RowRule<T> rule, Configuration conf) throws IOException {
    this.file = file.name();
    this.rule = rule;
    JsonLayout layout = JsonLayout.of(file, conf);
    this.values =
        layout == JsonLayout.LINES
            ? new Lines(new LineReader(file.open(conf), LineReader.Ends.ANY))
            : new Elements(new BoundedReader(file.open(conf)), layout == JsonLayout.ARRAY);
  }

  /**
   * A value, or what is wrong where one should be.
   *
   * @param content the line; null in an array, where the value says it
   * @param kind of {@link BadRow}; null where nothing is wrong
   */
  private record Value(
      long line, JsonNode node, String content, String kind, String reason, boolean fatal) {
    static Value of(long line, JsonTree tree, String content) {
      String refusal = tree.refusal();
      return new Value(line, tree.root(), content, refusal, refusal, false);
    }

    static Value bad(long line, String content, String kind, String reason) {
      return new Value(line, null, content, kind, reason, false);
    }

    static Value fatal(long line, String reason) {
      return new Value(line, null, null, "unreadable", reason, true);
    }

    String shown() {
      return content == null ? node.toString() : content;
    }
  }

  /** The values of an open file in their order. */
  private interface Values extends Closeable {
    /** The next value, or null after the last. */
    Value next() throws IOException;
  }

  @Override
  public ReadRow<T> next() throws IOException {
    Value value = values.next();
    if (value == null) {
      return null;
    }
    if (value.fatal()) {
      return ReadRow.fatal(file, value.line(), value.reason());
    }
    if (value.kind() != null) {
      return ReadRow.bad(file, value.line(), value.kind(), value.reason(), value.shown());
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
    while (seen < objects && keys.size() < MAX_KEYS) {
      Value value = values.next();
      if (value == null || value.fatal()) {
        break;
      }
      if (value.kind() == null && value.node().isObject()) {
        value.node().fieldNames().forEachRemaining(keys::add);
        seen++;
      }
    }
    return keys;
  }

  @Override
  public void close() throws IOException {
    values.close();
  }

  /** Every line is a value; a malformed one costs itself alone. */
  private static final class Lines implements Values {
    private static final String TOO_LONG =
        String.format("a line of more than %,d characters", LineReader.MAX_LINE);

    private final LineReader lines;
    private final JsonFactory factory = JsonTree.factory();

    Lines(LineReader lines) {
      this.lines = lines;
    }

    @Override
    public Value next() throws IOException {
      LineReader.Line line = lines.nextFilled();
      while (line != null && line.unmarked().isBlank()) {
        line = lines.nextFilled();
      }
      if (line == null) {
        return null;
      }
      return line.isTooLong()
          ? Value.bad(line.number(), line.text(), TOO_LONG, TOO_LONG)
          : value(line.number(), line.unmarked());
    }

    private Value value(long number, String content) throws IOException {
      JsonLocation at;
      String reason;
      try (JsonParser parser = factory.createParser(content)) {
        parser.nextToken();
        JsonTree tree = new JsonTree(parser, Surrogates.hasMalformed(content));
        if (parser.nextToken() == null) {
          return Value.of(number, tree, content);
        }
        at = parser.currentTokenLocation();
        reason = "text after the end of the value";
      } catch (JsonProcessingException e) {
        at = e.getLocation();
        reason = reason(e);
      }
      String where = at == null ? "" : " at column " + at.getColumnNr();
      return Value.bad(number, content, "malformed JSON", "malformed JSON" + where + ": " + reason);
    }

    @Override
    public void close() throws IOException {
      lines.close();
    }
  }

  /**
   * The elements of an array, or objects one after the other. A malformed one ends the file, as
   * nothing says where the next one begins.
   */
  private static final class Elements implements Values {
    private final BoundedReader reader;
    private final JsonParser parser;
    private final boolean isArray;

    Elements(BoundedReader reader, boolean isArray) throws IOException {
      this.reader = reader;
      this.isArray = isArray;
      this.parser = JsonTree.factory().createParser(reader);
      if (isArray) {
        parser.nextToken();
      }
    }

    @Override
    public Value next() throws IOException {
      String reason;
      try {
        reader.restart();
        JsonToken token = parser.nextToken();
        if (token == null) {
          return null;
        }
        if (token != JsonToken.END_ARRAY) {
          long line = parser.currentTokenLocation().getLineNr();
          return Value.of(line, new JsonTree(parser, reader.hasMalformed()), null);
        }
        if (parser.nextToken() == null) {
          return null;
        }
        reason = "text after the end of the array";
      } catch (JsonProcessingException e) {
        reason = reason(e);
      } catch (BoundedReader.TooLongException e) {
        reason = e.getMessage();
      }
      return Value.fatal(
          parser.currentLocation().getLineNr(),
          (isArray ? "malformed JSON array: " : "malformed JSON: ") + reason);
    }

    @Override
    public void close() throws IOException {
      parser.close();
      reader.close();
    }
  }

  /** Jackson's reason, without the part that quotes its source. */
  private static String reason(JsonProcessingException e) {
    if (e instanceof StreamConstraintsException) {
      return "lists and objects in each other, or a key, beyond what a row can have";
    }
    return e.getOriginalMessage().replaceAll("\\s*\\((start marker )?at \\[Source[^]]*]\\)", "");
  }

  private record Row(JsonNode object) implements RowRule.Values {
    @Override
    public Object of(String column) {
      JsonNode node = object.get(column);
      if (node == null || node.isNull()) {
        return null;
      }
      if (node.isPojo() || node.isDouble()) { // given twice; NaN, as other numbers are decimal
        return new RowRule.Nested(node.asText(), null);
      }
      return node.isValueNode() ? node.asText() : new RowRule.Nested(kind(node), node);
    }

    @Override
    public void all(ObjectNode target) {
      target.setAll((ObjectNode) object);
    }

    @Override
    public String whenNull() {
      return "is missing or null";
    }
  }

  /** What a value is, with its article. */
  public static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case NULL -> "null";
      case ARRAY, OBJECT -> "an " + node.getNodeType().name().toLowerCase(Locale.ROOT);
      default -> "a " + node.getNodeType().name().toLowerCase(Locale.ROOT);
    };
  }
}
