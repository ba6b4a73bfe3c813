package io.github.cola4j.spark.data.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.POJONode;
import io.github.cola4j.spark.data.file.DataFile;
import io.github.cola4j.spark.data.row.Surrogates;
import java.io.IOException;
import java.math.BigDecimal;

/**
 * Builds the tree of one JSON value, within bounds: of a value that is too large the rest is read
 * and not kept, so that what follows it can be read. Numbers that no Java type holds stay strings
 * as they are written; lone surrogates become U+FFFD.
 */
final class JsonTree {
  /** Values in a row, those in lists and objects too. */
  static final int MAX_VALUES = 1_000_000;

  /** Lists and objects in each other. */
  static final int MAX_DEPTH = 1000;

  /** Digits of a number that is computed with, which takes time that grows with their square. */
  private static final int MAX_DIGITS = 1000;

  /** In the place of a row's value whose key is there twice. */
  static final POJONode TWICE = new POJONode("given twice");

  private static final JsonNodeFactory NODES = new JsonNodeFactory(true);

  private final JsonParser parser;
  private final boolean keepsMalformed;
  private int values;
  private boolean tooDeep;
  private final JsonNode root;

  /**
   * Reads the value that the parser's current token begins.
   *
   * @param keepsMalformed whether {@link DataFile#MALFORMED} may stand for malformed bytes; else it
   *     is a lone surrogate as any
   */
  JsonTree(JsonParser parser, boolean keepsMalformed) throws IOException {
    this.parser = parser;
    this.keepsMalformed = keepsMalformed;
    this.root = value(0);
  }

  /**
   * A factory of parsers that leave sizes to this class and its callers, keep no table of all keys
   * they have seen, and read {@code NaN} and {@code Infinity}, as Python writes them.
   */
  static JsonFactory factory() {
    return JsonFactory.builder()
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
        .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(MAX_VALUES)
                .maxNumberLength(Integer.MAX_VALUE)
                .maxStringLength(Integer.MAX_VALUE)
                .build())
        .build();
  }

  /** The value; not complete where it is too large. */
  JsonNode root() {
    return root;
  }

  /** In which way the value is too large, or null. */
  String refusal() {
    if (tooDeep) {
      return String.format("a row of more than %,d levels of lists and objects", MAX_DEPTH);
    }
    return values > MAX_VALUES ? String.format("a row of more than %,d values", MAX_VALUES) : null;
  }

  private JsonNode value(int depth) throws IOException {
    values++;
    return switch (parser.currentToken()) {
      case START_OBJECT -> depth < MAX_DEPTH ? object(depth) : skipped();
      case START_ARRAY -> depth < MAX_DEPTH ? array(depth) : skipped();
      case VALUE_STRING -> NODES.textNode(text(parser.getText()));
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number();
      case VALUE_TRUE -> NODES.booleanNode(true);
      case VALUE_FALSE -> NODES.booleanNode(false);
      default -> NODES.nullNode();
    };
  }

  private JsonNode skipped() throws IOException {
    tooDeep = true;
    parser.skipChildren();
    return NODES.nullNode();
  }

  private ObjectNode object(int depth) throws IOException {
    ObjectNode object = NODES.objectNode();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = text(parser.currentName());
      parser.nextToken();
      JsonNode value = value(depth + 1);
      if (values <= MAX_VALUES) {
        object.set(name, depth == 0 && object.has(name) ? TWICE : value);
      }
    }
    return object;
  }

  private ArrayNode array(int depth) throws IOException {
    ArrayNode array = NODES.arrayNode();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      JsonNode value = value(depth + 1);
      if (values <= MAX_VALUES) {
        array.add(value);
      }
    }
    return array;
  }

  private JsonNode number() throws IOException {
    if (parser.isNaN()) {
      return NODES.numberNode(parser.getDoubleValue());
    }
    if (parser.getTextLength() > MAX_DIGITS) {
      return NODES.textNode(parser.getText());
    }
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
      return NODES.numberNode(parser.getBigIntegerValue());
    }
    try {
      return NODES.numberNode(new BigDecimal(parser.getText()));
    } catch (NumberFormatException e) { // its exponent has more than 32 bits
      return NODES.textNode(parser.getText());
    }
  }

  private String text(String read) {
    return Surrogates.repaired(read, keepsMalformed);
  }
}
