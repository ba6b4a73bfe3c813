package io.github.cola4j.io.peft;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.adapter.ModulePattern;
import io.github.cola4j.io.weights.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * An {@code adapter_config.json} of HF PEFT, of which every key that changes what is computed is
 * either understood or refused: so is a key that is not empty and may be an option of a later PEFT.
 */
public final class PeftConfig {
  /** Keys of every type with a rule below. */
  private static final Set<String> UNDERSTOOD =
      Set.of(
          "peft_type",
          "target_modules",
          "exclude_modules",
          "modules_to_save",
          "bias",
          "layers_to_transform",
          "layers_pattern");

  /** Keys that say nothing about the computation, or belong to an option that is off. */
  private static final Set<String> HARMLESS =
      Set.of(
          "task_type",
          "base_model_name_or_path",
          "revision",
          "inference_mode",
          "peft_version",
          "auto_mapping",
          "init_ia3_weights",
          "mini_r",
          "loftq_config",
          "megatron_core",
          "qalora_group_size");

  /** A segment, a number: a module's layer, as PEFT looks for it. */
  private static final Pattern LAYER = Pattern.compile("(?:.*?\\.)?[^.]+\\.(\\d+)\\..*");

  private final Path file;
  private final JsonNode json;
  private final List<String> notices = new ArrayList<>();
  private PeftReading reading;

  private PeftConfig(Path file, JsonNode json) {
    this.file = file;
    this.json = json;
  }

  /**
   * Reads and checks a file.
   *
   * @throws IllegalArgumentException naming the option that is not supported, and why
   */
  static PeftConfig read(Path folder) {
    Path file = folder.resolve(PeftNames.CONFIG);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          folder
              + " is no adapter of HF PEFT: expected "
              + PeftNames.CONFIG
              + " and "
              + PeftNames.TENSORS);
    }
    try {
      PeftConfig config = new PeftConfig(file, Safetensors.JSON.readTree(Files.readAllBytes(file)));
      config.check();
      return config;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(file + ": not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e, e);
    }
  }

  private void check() {
    if (!json.isObject()) {
      throw new IllegalArgumentException(file + ": expected an object, got " + json.getNodeType());
    }
    List<PeftMapping> mappings = PeftMappings.all();
    List<String> types = mappings.stream().map(PeftMapping::type).distinct().toList();
    if (!types.contains(type())) {
      throw unsupported("peft_type", "of PEFT's methods " + String.join(", ", types) + " are read");
    }
    for (var entry : json.properties()) {
      String key = entry.getKey();
      boolean read = mappings.stream().anyMatch(mapping -> mapping.keys().contains(key));
      if (read || UNDERSTOOD.contains(key) || HARMLESS.contains(key) || isEmpty(entry.getValue())) {
        continue;
      }
      String why = PeftKeys.whyNot(key, json);
      if (why != null) {
        throw unsupported(key, why);
      }
      notices.add(file + ": " + PeftKeys.notice(key));
    }
    if (!isEmpty(json.path("bias")) && !json.path("bias").asText().equals("none")) {
      throw unsupported("bias", "the model's biases stay frozen");
    }
    if (!isEmpty(json.path("layers_pattern"))) {
      throw unsupported("layers_pattern", "name the modules in target_modules");
    }
    for (String module : texts("modules_to_save")) {
      if (!Set.of(PeftNames.CLASSIFIER, "score").contains(module)) {
        throw unsupported(
            "modules_to_save",
            PeftStrangers.whySaved(
                module, "of whole modules only a BERT's 'classifier' is trained here"));
      }
    }
    reading =
        mappings.stream()
            .filter(mapping -> mapping.type().equals(type()))
            .map(mapping -> mapping.reading(this))
            .filter(Objects::nonNull)
            .findFirst()
            .orElseThrow(() -> unsupported("peft_type", "no mapping reads this kind of it"));
  }

  /** How the adapter is read. */
  PeftReading reading() {
    return reading;
  }

  /** What a user should know of keys that are left out. */
  List<String> notices() {
    return notices;
  }

  /** {@code peft_type}. */
  public String type() {
    return json.path("peft_type").asText();
  }

  /** Whether a key is there and is not null, false or empty. */
  public boolean has(String key) {
    return !isEmpty(json.path(key));
  }

  /** The value of a key; a missing node if there is none. */
  public JsonNode get(String key) {
    return json.path(key);
  }

  /** Whether a key is true. */
  public boolean flag(String key) {
    return json.path(key).asBoolean(false);
  }

  /**
   * The number of a key; of one that begins with r it is an integer.
   *
   * @throws IllegalArgumentException if it is none above 0
   */
  public double positive(String key) {
    return positive(key, json.path(key));
  }

  /** The same, or of a module that a mapping of expressions names, the number that is there. */
  public double positive(String patterns, String module, String key) {
    return positive(patterns, pattern(patterns, module, json.path(key)));
  }

  /** Whether a module's name ends as one of a list, or is matched by an expression. */
  public boolean endsIn(String key, String module) {
    JsonNode modules = json.path(key);
    return modules.isTextual()
        ? regex(key, modules.asText()).matches(module)
        : texts(key).stream().anyMatch(module::endsWith);
  }

  /** Whether a module is adapted, by its name in the model without PEFT. */
  boolean targets(String module) {
    return matches("target_modules", module)
        && !matches("exclude_modules", module)
        && isInLayers(module);
  }

  private boolean matches(String key, String module) {
    JsonNode targets = json.path(key);
    if (targets.isTextual()) {
      return targets.asText().equalsIgnoreCase("all-linear")
          || regex(key, targets.asText()).matches(module);
    }
    return texts(key).stream()
        .anyMatch(target -> module.equals(target) || module.endsWith("." + target));
  }

  /** PEFT looks at layers only where a list has the end of a name, not the whole. */
  private boolean isInLayers(String module) {
    JsonNode layers = json.path("layers_to_transform");
    if (isEmpty(layers)
        || json.path("target_modules").isTextual()
        || texts("target_modules").contains(module)) {
      return true;
    }
    var matcher = LAYER.matcher(module);
    if (!matcher.matches()) {
      return false;
    }
    int layer = Integer.parseInt(matcher.group(1));
    for (JsonNode number : layers.isArray() ? layers : List.of(layers)) {
      if (number.asInt(-1) == layer) {
        return true;
      }
    }
    return false;
  }

  /** The value of the first key that the end of the name matches. */
  private JsonNode pattern(String key, String module, JsonNode general) {
    for (var entry : json.path(key).properties()) {
      if (regex(key, "(.*\\.)?(" + entry.getKey() + ")").matches(module)) {
        return entry.getValue();
      }
    }
    return general;
  }

  private ModulePattern regex(String key, String regex) {
    try {
      return ModulePattern.of(key, regex);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  private double positive(String key, JsonNode number) {
    boolean integer = !key.startsWith("r") || number.isInt();
    if (!number.isNumber() || !integer || !(number.asDouble() > 0)) {
      throw new IllegalArgumentException(
          file
              + ": "
              + key
              + ": expected "
              + (key.startsWith("r") ? "an integer" : "a number")
              + " above 0, got "
              + number);
    }
    return number.asDouble();
  }

  private List<String> texts(String key) {
    List<String> texts = new ArrayList<>();
    json.path(key).forEach(text -> texts.add(text.asText()));
    return texts;
  }

  /** Refuses a key's value. */
  public IllegalArgumentException unsupported(String key, String why) {
    return new IllegalArgumentException(
        file + ": " + key + " = " + json.path(key) + " is not supported: " + why);
  }

  private static boolean isEmpty(JsonNode value) {
    return value.isMissingNode()
        || value.isNull()
        || (value.isBoolean() && !value.asBoolean())
        || (value.isContainerNode() && value.isEmpty());
  }
}
