package io.github.cola4j.spark.job.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.deser.std.StringDeserializer;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import com.fasterxml.jackson.dataformat.yaml.util.StringQuotingChecker;
import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.spark.data.row.Surrogates;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * YAML files that become records: one mapping, no unknown key, none twice, no value of another
 * type.
 */
public final class YamlFile {
  /** Bytes of a file at most; SnakeYAML's own bound. */
  private static final int MAX_BYTES = 3 << 20;

  private static final String NO_UTF8 = "it is not UTF-8; convert it";

  private static final YAMLMapper MAPPER =
      YAMLMapper.builder(
              YAMLFactory.builder()
                  .enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL) // a key without a value
                  .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                  .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                  .stringQuotingChecker(new Quoting())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .serializationInclusion(JsonInclude.Include.NON_EMPTY)
          .addModule(new SimpleModule().addDeserializer(String.class, new Text()))
          .build();

  /** Quotes what would be read as a number, besides what Jackson quotes. */
  private static final class Quoting extends StringQuotingChecker.Default {
    private static final long serialVersionUID = 1;

    @Override
    public boolean needToQuoteValue(String value) {
      return super.needToQuoteValue(value)
          || (!value.isEmpty() && "+-.0123456789".indexOf(value.charAt(0)) >= 0);
    }
  }

  /** A text as it is written: of what YAML reads otherwise, whole numbers alone keep their look. */
  private static final class Text extends StdScalarDeserializer<String> {
    private static final long serialVersionUID = 1;

    Text() {
      super(String.class);
    }

    @Override
    public String deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      JsonToken token = parser.currentToken();
      return token.isBoolean() || token == JsonToken.VALUE_NUMBER_FLOAT
          ? (String) context.handleUnexpectedToken(String.class, parser)
          : StringDeserializer.instance.deserialize(parser, context);
    }
  }

  private YamlFile() {}

  /**
   * Reads a file.
   *
   * @param what messages call the file so: {@code job}
   * @param type the record that the tree will become
   * @throws InvalidJobException if there is no such file, or it is no mapping
   */
  public static ObjectNode read(Path file, String what, Class<?> type) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new InvalidJobException(
            String.format(
                "the %s file %s has %,d bytes, expected at most %,d",
                what, file, Files.size(file), MAX_BYTES),
            null);
      }
      return parse(Files.readString(file), file.toString(), type);
    } catch (IOException e) {
      throw new InvalidJobException(
          "cannot read the " + what + " file " + file + ": " + reason(file, e), e);
    }
  }

  /**
   * The text of a file that is open.
   *
   * @param what messages call the file so
   * @throws InvalidJobException if it is too long, or not UTF-8
   */
  static String text(InputStream file, String what, String source) throws IOException {
    byte[] bytes = file.readNBytes(MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      throw new InvalidJobException(
          String.format("the %s file %s has more than %,d bytes", what, source, MAX_BYTES), null);
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new InvalidJobException(
          "cannot read the " + what + " file " + source + ": " + NO_UTF8, e);
    }
  }

  private static String reason(Path file, IOException e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such file";
    }
    if (Files.isDirectory(file)) {
      return "it is a folder; name the file in it";
    }
    return e instanceof CharacterCodingException
        ? NO_UTF8
        : e.getClass().getSimpleName() + " " + e.getMessage();
  }

  /** Reads a text. */
  static ObjectNode parse(String text, String source, Class<?> type) {
    try {
      requireNoAliases(text, source);
      if (document(text, source) instanceof ObjectNode tree) {
        return tree;
      }
    } catch (JsonProcessingException e) {
      String line = e.getLocation() == null ? "" : ":" + e.getLocation().getLineNr();
      throw new InvalidJobException(source + line + ": " + e.getOriginalMessage(), e);
    }
    throw new InvalidJobException(
        source
            + ": expected keys such as "
            + String.join(", ", JobKeys.names(type))
            + ", got no mapping",
        null);
  }

  /**
   * A record of a tree.
   *
   * @throws InvalidJobException that names the key that is wrong
   */
  public static <T> T convert(ObjectNode tree, Class<T> type, String source) {
    requireKnownKeys(tree, type, source);
    requireCharacters(tree, "", source);
    try {
      return MAPPER.treeToValue(tree, type);
    } catch (JsonMappingException e) {
      throw new InvalidJobException(source + ": " + wrongValue(e, tree), e);
    } catch (JsonProcessingException e) {
      throw new InvalidJobException(source + ": " + e.getOriginalMessage(), e);
    }
  }

  private static void requireKnownKeys(ObjectNode tree, Class<?> type, String source) {
    try {
      JobKeys.requireKnown(tree, type, "");
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException(source + ": " + e.getMessage(), e);
    }
  }

  /** Refuses half a surrogate pair, which no file that the job writes could hold. */
  private static void requireCharacters(JsonNode node, String path, String source) {
    if (node.isTextual() && !Surrogates.repaired(node.textValue()).equals(node.textValue())) {
      throw new InvalidJobException(
          source + ": " + path + " has half of a character, such as \\ud83d alone; write all of it",
          null);
    }
    String parent = path.isEmpty() ? "" : path + ".";
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      requireCharacters(entry.getValue(), parent + entry.getKey(), source);
    }
    for (int i = 0; node.isArray() && i < node.size(); i++) {
      requireCharacters(node.get(i), parent + i, source);
    }
  }

  /** Jackson would take an alias for the text of its name; expanded, few lines can be gigabytes. */
  private static void requireNoAliases(String text, String source) throws JsonProcessingException {
    try (YAMLParser parser = MAPPER.getFactory().createParser(text)) {
      while (parser.nextToken() != null) {
        if (parser.isCurrentAlias()) {
          throw new InvalidJobException(
              String.format(
                  "%s:%d: YAML aliases (*%s) are not read; write the value out",
                  source, parser.currentTokenLocation().getLineNr(), parser.getText()),
              null);
        }
      }
    } catch (JsonProcessingException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + source, e);
    }
  }

  /** The one document; none gives null. */
  private static JsonNode document(String text, String source) throws JsonProcessingException {
    try (JsonParser parser = MAPPER.createParser(text)) {
      JsonNode document = MAPPER.readTree(plain(parser, source));
      if (parser.nextToken() != null) {
        throw new InvalidJobException(
            source + ": expected one document, got another after ---", null);
      }
      return document;
    } catch (JsonProcessingException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + source, e);
    }
  }

  /** A parser that refuses numbers that YAML reads as others than they look: 010 is eight. */
  private static JsonParser plain(JsonParser parser, String source) {
    return new JsonParserDelegate(parser) {
      @Override
      public JsonToken nextToken() throws IOException {
        JsonToken token = super.nextToken();
        if (token == JsonToken.VALUE_NUMBER_INT && !getText().matches("[+-]?(0|[1-9][0-9]*)")) {
          throw new InvalidJobException(
              String.format(
                  "%s:%d: YAML reads %s as the number %s; write %s if that is meant, or quote it:"
                      + " \"%s\"",
                  source,
                  currentTokenLocation().getLineNr(),
                  getText(),
                  getBigIntegerValue(),
                  getBigIntegerValue(),
                  getText()),
              null);
        }
        return token;
      }
    };
  }

  /** Writes a record, what is null or empty left out. */
  public static void write(Path file, Object record) {
    try {
      AtomicFile.writeString(file, MAPPER.writeValueAsString(record));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /** What a key's value should be, or what its record says of it. */
  private static String wrongValue(JsonMappingException e, JsonNode root) {
    String path = path(e.getPath());
    String what = e.getOriginalMessage();
    if (e.getCause() instanceof IllegalArgumentException refused) {
      what = refused.getMessage();
    } else if (e instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
      JsonNode got = at(root, e.getPath());
      what = "expected " + expected(mismatch.getTargetType()) + ", got " + got;
      if (mismatch.getTargetType() == String.class && got.isValueNode()) {
        what +=
            got.isBoolean()
                ? ", as YAML reads on, off, yes, no, true and false; quote it, as in \""
                    + (got.asBoolean() ? "yes" : "no")
                    + "\""
                : "; quote it: \"" + got.asText() + "\"";
      }
    }
    return path.isEmpty() || what.startsWith(path + ".") ? what : path + ": " + what;
  }

  private static String expected(Class<?> type) {
    if (type.isEnum()) {
      return Stream.of(type.getEnumConstants())
          .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
          .collect(Collectors.joining(", ", "one of ", ""));
    }
    if (type.isRecord()) {
      return "a mapping with keys of " + String.join(", ", JobKeys.names(type));
    }
    if (Map.class.isAssignableFrom(type)) {
      return "a mapping";
    }
    return switch (type.getSimpleName()) {
      case "Integer", "int", "Long", "long" -> "an integer";
      case "Double", "double" -> "a number";
      case "Boolean", "boolean" -> "true or false";
      case "String" -> "a text";
      default -> "a list";
    };
  }

  private static JsonNode at(JsonNode root, List<JsonMappingException.Reference> path) {
    JsonNode node = root;
    for (JsonMappingException.Reference reference : path) {
      JsonNode child = child(node, name(reference));
      node = child == null ? node : child; // a single value stands for a list of one
    }
    return node;
  }

  private static String name(JsonMappingException.Reference reference) {
    String field = reference.getFieldName();
    return field == null ? String.valueOf(reference.getIndex()) : field;
  }

  private static String path(List<JsonMappingException.Reference> path) {
    return path.stream().map(YamlFile::name).collect(Collectors.joining("."));
  }

  /**
   * Sets a key of a tree.
   *
   * @param override {@code key=value}, as {@code training.epochs=3}; the value is YAML
   * @throws InvalidJobException if it is none, or there is no such place
   */
  public static void set(ObjectNode tree, String override) {
    int equals = override.indexOf('=');
    String key = override.substring(0, Math.max(0, equals));
    String told = "--set " + override;
    requireKey(key, told + ": expected key=value, as training.epochs=3");
    try {
      String yaml = override.substring(equals + 1);
      requireNoAliases(yaml, told);
      JsonNode value = document(yaml, told);
      set(tree, key, value == null ? NullNode.getInstance() : value, told);
    } catch (JsonProcessingException e) {
      throw new InvalidJobException(told + ": " + e.getOriginalMessage(), e);
    }
  }

  /**
   * Sets a key of a tree; mappings that are missing on the way are made.
   *
   * @param key with dots, as {@code training.epochs} or {@code tasks.0.name}
   * @param told what messages call it
   * @throws InvalidJobException if there is no such place
   */
  public static void set(ObjectNode tree, String key, JsonNode value, String told) {
    requireKey(key, told + ": expected a key as training.epochs");
    JsonNode filled = value.isMissingNode() ? NullNode.getInstance() : value;
    String[] keys = key.split("\\.", -1);
    JsonNode parent = tree;
    for (int i = 0; i < keys.length - 1; i++) {
      JsonNode child = child(parent, keys[i]);
      if ((child == null || child.isNull()) && parent instanceof ObjectNode object) {
        child = object.putObject(keys[i]);
      }
      parent = child;
    }
    String last = keys[keys.length - 1];
    if (parent instanceof ObjectNode object) {
      object.set(last, filled);
    } else if (parent instanceof ArrayNode array && child(array, last) != null) {
      array.set(Integer.parseInt(last), filled);
    } else {
      throw new InvalidJobException(told + ": there is no '" + key + "'", null);
    }
  }

  private static void requireKey(String key, String message) {
    if (Stream.of(key.split("\\.", -1)).anyMatch(String::isBlank)) {
      throw new InvalidJobException(message, null);
    }
  }

  private static JsonNode child(JsonNode parent, String key) {
    if (parent instanceof ArrayNode array) {
      return key.matches("\\d{1,6}") ? array.get(Integer.parseInt(key)) : null;
    }
    return parent instanceof ObjectNode object ? object.get(key) : null;
  }
}
