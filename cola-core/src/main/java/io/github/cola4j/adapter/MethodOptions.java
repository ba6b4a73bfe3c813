package io.github.cola4j.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The options of a method between its record ({@link AdapterMethod#options}) and the keys and
 * values that files have.
 *
 * <p>Files of format 1 have the same four keys whatever the method: where a method does not read
 * one of them, it keeps what is given, or the default of the method that does. A method that has an
 * option beside these four has its own keys alone.
 */
final class MethodOptions {
  /** The four, and what files say of one that the method does not have. */
  record Format1(Double rateB, Double balance, List<String> feedforward, List<Integer> shape) {
    Format1 {
      rateB = rateB == null ? 16.0 : rateB;
      balance = balance == null ? 0.1 : balance;
      feedforward = feedforward == null ? List.of("down_proj", "output.dense") : feedforward;
      shape = shape == null ? List.of() : shape;
    }
  }

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .build();

  private static final TypeReference<LinkedHashMap<String, Object>> VALUES =
      new TypeReference<>() {};

  private MethodOptions() {}

  /** The keys that options of a method can have, in their order. */
  static List<String> keys(AdapterMethod method) {
    List<String> own = names(method.options());
    List<String> first = names(Format1.class);
    return first.containsAll(own) ? first : own;
  }

  /**
   * Every key of a method with its value.
   *
   * @param given some of them; null for none
   * @throws IllegalArgumentException if a key is unknown, naming those that are not, or a value is
   *     wrong
   */
  static Map<String, Object> complete(AdapterMethod method, Map<String, Object> given) {
    ObjectNode tree = MAPPER.valueToTree(given == null ? Map.of() : given);
    List<String> keys = keys(method);
    for (Map.Entry<String, JsonNode> entry : tree.properties()) {
      if (!keys.contains(entry.getKey())) {
        throw new IllegalArgumentException(
            String.format(
                "unknown key 'options.%s' of method %s; expected one of %s",
                entry.getKey(), method.name(), String.join(", ", keys)));
      }
    }
    Map<String, Object> all = new LinkedHashMap<>();
    if (keys.equals(names(Format1.class))) {
      all.putAll(MAPPER.convertValue(read(Format1.class, tree), VALUES));
    }
    all.putAll(MAPPER.convertValue(read(method.options(), tree), VALUES));
    all.replaceAll(
        (key, value) ->
            value instanceof List<?> list
                ? Collections.unmodifiableList(new ArrayList<>(list))
                : value);
    return Collections.unmodifiableMap(all);
  }

  /**
   * A method's record.
   *
   * @param complete every key with its value
   */
  static <T extends Record> T read(Class<T> type, Map<String, Object> complete) {
    return read(type, MAPPER.<ObjectNode>valueToTree(complete));
  }

  private static <T extends Record> T read(Class<T> type, ObjectNode tree) {
    ObjectNode own = tree.deepCopy().retain(names(type));
    try {
      return MAPPER.treeToValue(own, type);
    } catch (JsonMappingException e) {
      throw new IllegalArgumentException(wrongValue(e, own), e);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("options: " + e.getOriginalMessage(), e);
    }
  }

  /** What the record says of a value, or which type it should have. */
  private static String wrongValue(JsonMappingException e, JsonNode options) {
    if (e.getCause() instanceof IllegalArgumentException refused) {
      return refused.getMessage();
    }
    StringBuilder path = new StringBuilder("options");
    JsonNode node = options;
    for (JsonMappingException.Reference reference : e.getPath()) {
      boolean element = reference.getFieldName() == null;
      path.append('.').append(element ? reference.getIndex() : reference.getFieldName());
      JsonNode child =
          element ? node.get(reference.getIndex()) : node.get(reference.getFieldName());
      node = child == null ? node : child; // a single value stands for a list of one
    }
    return e instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null
        ? path + ": expected " + expected(mismatch.getTargetType()) + ", got " + node
        : path + ": " + e.getOriginalMessage();
  }

  private static String expected(Class<?> type) {
    return switch (type.getSimpleName()) {
      case "Integer", "int", "Long", "long" -> "an integer";
      case "Double", "double" -> "a number";
      case "Boolean", "boolean" -> "true or false";
      case "String" -> "a string in quotes";
      default -> type.isRecord() || Map.class.isAssignableFrom(type) ? "a mapping" : "a list";
    };
  }

  private static List<String> names(Class<? extends Record> type) {
    return Stream.of(type.getRecordComponents()).map(RecordComponent::getName).toList();
  }
}
