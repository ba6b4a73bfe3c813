package io.github.cola4j.spark.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;

/** The rows of a JSON file: its objects. */
final class JsonRows implements RowSource {
  private final String file;
  private final RowRule rule;
  private final JsonSource values;

  JsonRows(DataFile file, RowRule rule, Configuration conf) throws IOException {
    this.file = file.name();
    this.rule = rule;
    this.values = JsonSource.open(file, conf);
  }

  @Override
  public ReadRow next() throws IOException {
    JsonSource.Value value = values.next();
    if (value == null) {
      return null;
    }
    if (value.problem() != null) {
      return values.endsAtProblem()
          ? ReadRow.fatal(file, value.line(), value.problem())
          : ReadRow.bad(file, value.line(), value.problem(), value.content());
    }
    JsonNode node = value.node();
    String content = value.content();
    if (!node.isObject()) {
      String reason = "not an object but " + kind(node);
      return ReadRow.bad(file, value.line(), reason, content == null ? node.toString() : content);
    }
    return rule.apply(
        file,
        value.line(),
        column -> text(node.get(column)),
        "is missing or null",
        () -> content == null ? node.toString() : content);
  }

  @Override
  public void close() throws IOException {
    values.close();
  }

  private static Object text(JsonNode node) {
    if (node == null || node.isNull()) {
      return null;
    }
    return node.isValueNode() ? node.asText() : new RowRule.WrongType(kind(node));
  }

  private static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case NULL -> "null";
      case ARRAY, OBJECT -> "an " + node.getNodeType().name().toLowerCase(Locale.ROOT);
      default -> "a " + node.getNodeType().name().toLowerCase(Locale.ROOT);
    };
  }
}
