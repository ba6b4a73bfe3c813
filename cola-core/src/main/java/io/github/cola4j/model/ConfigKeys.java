package io.github.cola4j.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.nn.stored.Quantization;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;

/** The keys of a {@code config.json}, each read with the type it must have. */
public record ConfigKeys(JsonNode root, String source) {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** Blocks of a model at most: lists of so many are made before the weights are looked at. */
  private static final int MAX_LAYERS = 10_000;

  private static final String QUANTIZATION = "quantization_config";

  /** Characters of a wrong value that a message shows. */
  private static final int SHOWN = 200;

  static ConfigKeys parse(String json, String source) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          source + ": not valid JSON: " + e.getOriginalMessage() + position(e), e);
    }
    if (!root.isObject()) {
      throw new IllegalArgumentException(
          source + ": expected a JSON object, got " + shown(json.strip()));
    }
    return new ConfigKeys(root, source);
  }

  /**
   * The same with keys that it leaves out; those that are null stay null.
   *
   * @param defaults a JSON object
   */
  public ConfigKeys withDefaults(String defaults) {
    ObjectNode all = (ObjectNode) parse(defaults, source).root;
    return new ConfigKeys(all.setAll((ObjectNode) root), source);
  }

  /** Whether a key is there and not null. */
  public boolean has(String key) {
    return root.hasNonNull(key);
  }

  /** Whether a key is there and null, which is not always the same as its absence. */
  public boolean isNull(String key) {
    return root.path(key).isNull();
  }

  /** An object under a key; null where there is none. */
  public ConfigKeys object(String key) {
    if (!has(key)) {
      return null;
    }
    if (!root.get(key).isObject()) {
      throw wrong(key, "an object");
    }
    return new ConfigKeys(root.get(key), source + ": " + key);
  }

  /**
   * A string under a key.
   *
   * @param otherwise where the key is left out or null
   * @throws IllegalArgumentException if it is no string; the message names file and key, as that of
   *     every method here
   */
  public String text(String key, String otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    if (!root.get(key).isTextual()) {
      throw wrong(key, "a text");
    }
    return root.get(key).textValue();
  }

  /** The elements of a list as strings; an empty one where the key is left out or null. */
  public List<String> texts(String key) {
    if (!has(key)) {
      return List.of();
    }
    return StreamSupport.stream(root.get(key).spliterator(), false).map(JsonNode::asText).toList();
  }

  /**
   * The one value of a key that is implemented.
   *
   * @throws IllegalArgumentException if the key has another one, or is left out
   */
  public String only(String key, String value) {
    if (!root.path(key).asText().equals(value)) {
      throw wrong(key, '"' + value + "\", the only one that is implemented");
    }
    return value;
  }

  /** As {@link #only}, where leaving the key out is as good. */
  public void onlyIfPresent(String key, String value) {
    if (has(key)) {
      only(key, value);
    }
  }

  /** Refuses a key, unless it is null. */
  public void absent(String key, String remedy) {
    if (has(key)) {
      throw wrong(key, "absent; " + remedy);
    }
  }

  /**
   * How the weights are quantised; null if they are not.
   *
   * @throws IllegalArgumentException if it is in a way that is not read
   */
  public Quantization quantization() {
    JsonNode config = root.path(QUANTIZATION);
    if (config.isMissingNode() || config.isNull()) {
      return null;
    }
    if (config.path("quant_method").asText().equals("bitsandbytes")) {
      if (config.path("load_in_8bit").asBoolean()) {
        return Quantization.INT8;
      }
      if (config.path("load_in_4bit").asBoolean()
          && config.path("bnb_4bit_quant_type").asText().equals("nf4")
          && config.path("bnb_4bit_quant_storage").asText("uint8").equals("uint8")) {
        return Quantization.NF4;
      }
    }
    throw wrong(
        QUANTIZATION,
        "absent; take the model's float weights, or what bitsandbytes quantised to int8 or nf4"
            + " (stored as uint8)");
  }

  /**
   * Refuses keys that nothing reads, unless they are null: they would be ignored in silence.
   *
   * @param among which keys are looked at
   * @param why why another key has no place there
   */
  public void requireOnly(Set<String> known, Predicate<String> among, String why) {
    for (var field : root.properties()) {
      String key = field.getKey();
      if (among.test(key) && !known.contains(key) && !field.getValue().isNull()) {
        throw wrong(key, "absent: " + why);
      }
    }
  }

  /** The number of blocks, whose tensors are looked for one after another. */
  public int layers(int otherwise) {
    return layers("num_hidden_layers", otherwise);
  }

  /** As {@link #layers(int)}, where the key has a value. */
  public int layers() {
    return bounded("num_hidden_layers", size("num_hidden_layers"));
  }

  /** As {@link #layers(int)}, under a key that an architecture has for it. */
  public int layers(String key, int otherwise) {
    return bounded(key, size(key, otherwise));
  }

  private int bounded(String key, int layers) {
    if (layers > MAX_LAYERS) {
      throw wrong(key, "at most " + MAX_LAYERS);
    }
    return layers;
  }

  /**
   * True or false under a key.
   *
   * @param otherwise where the key is left out or null
   * @throws IllegalArgumentException if it is neither
   */
  public boolean flag(String key, boolean otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    if (!root.get(key).isBoolean()) {
      throw wrong(key, "true or false");
    }
    return root.get(key).booleanValue();
  }

  /**
   * A number of things of which there is one at least.
   *
   * @throws IllegalArgumentException if it is no integer from 1 to 2³¹ − 1, or left out
   */
  public int size(String key) {
    JsonNode node = root.path(key);
    if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 1) {
      throw wrong(key, "a positive integer");
    }
    return node.intValue();
  }

  /** As {@link #size(String)}, and {@code otherwise} where the key is left out or null. */
  public int size(String key, int otherwise) {
    return has(key) ? size(key) : otherwise;
  }

  /** A number of things that may be none. */
  public int count(String key, int otherwise) {
    boolean none =
        root.path(key).isIntegralNumber() && root.path(key).bigIntegerValue().signum() == 0;
    return none ? 0 : size(key, otherwise);
  }

  /**
   * A number under a key.
   *
   * @throws IllegalArgumentException if it is none, or left out
   */
  public double number(String key) {
    if (!root.path(key).isNumber()) {
      throw wrong(key, "a number");
    }
    return root.path(key).doubleValue();
  }

  /** As {@link #number(String)}, and {@code otherwise} where the key is left out or null. */
  public double number(String key, double otherwise) {
    return has(key) ? number(key) : otherwise;
  }

  /** A list of numbers; an empty one where the key is left out. */
  public double[] numbers(String key) {
    JsonNode list = root.path(key);
    if (has(key) && !list.isArray()) {
      throw wrong(key, "a list of numbers");
    }
    double[] numbers = new double[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      if (!list.get(i).isNumber()) {
        throw wrong(key, "a list of numbers");
      }
      numbers[i] = list.get(i).doubleValue();
    }
    return numbers;
  }

  /**
   * The exception for a key whose value cannot be used, for the caller to throw: it names the file,
   * the key, what was expected and what is there.
   */
  public IllegalArgumentException wrong(String key, String expected) {
    String got = root.has(key) ? shown(root.get(key).toString()) : "nothing";
    return new IllegalArgumentException(
        source + ": " + key + " must be " + expected + "; got " + got);
  }

  private static String shown(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }

  private static String position(JsonProcessingException e) {
    return e.getLocation() == null
        ? ""
        : " (line "
            + e.getLocation().getLineNr()
            + ", column "
            + e.getLocation().getColumnNr()
            + ")";
  }
}
