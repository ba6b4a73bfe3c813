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
import java.util.Set;
import java.util.regex.Pattern;

/**
 * An {@code adapter_config.json} of HF PEFT, of which every key that changes what is computed is
 * either understood or refused: so is a key that is not empty and may be an option of a later PEFT.
 */
final class PeftConfig {
  private static final List<String> TYPES = List.of("LORA", "IA3", "MISS");

  /** Keys with a rule below. */
  private static final Set<String> UNDERSTOOD =
      Set.of(
          "peft_type",
          "target_modules",
          "exclude_modules",
          "modules_to_save",
          "r",
          "lora_alpha",
          "lora_dropout",
          "miss_dropout",
          "rank_pattern",
          "alpha_pattern",
          "use_rslora",
          "use_dora",
          "bias",
          "init_lora_weights",
          "init_weights",
          "feedforward_modules",
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

  /** Ways to start that leave the base as it is. */
  private static final Set<String> INITS = Set.of("true", "false", "gaussian", "eva", "orthogonal");

  /** A segment, a number: a module's layer, as PEFT looks for it. */
  private static final Pattern LAYER = Pattern.compile("(?:.*?\\.)?[^.]+\\.(\\d+)\\..*");

  private final Path file;
  private final JsonNode json;
  private final List<String> notices = new ArrayList<>();

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
    if (!TYPES.contains(type())) {
      throw unsupported("peft_type", "of PEFT's methods " + String.join(", ", TYPES) + " are read");
    }
    for (var entry : json.properties()) {
      String key = entry.getKey();
      if (UNDERSTOOD.contains(key) || HARMLESS.contains(key) || isEmpty(entry.getValue())) {
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
    JsonNode init = json.path("init_lora_weights");
    if (!isEmpty(init) && !INITS.contains(init.asText())) {
      throw unsupported(
          "init_lora_weights",
          "it changes the base model's weights, which would have to be changed alike; save it in"
              + " PEFT with path_initial_model_for_weight_conversion");
    }
    JsonNode miss = json.path("init_weights");
    if (!isEmpty(miss) && !miss.isBoolean()) {
      throw unsupported("init_weights", "it is another method than MiSS; true is read");
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
    if (type().equals("LORA") || type().equals("MISS")) {
      positive("r", json.path("r"));
    }
    if (type().equals("LORA")) {
      positive("lora_alpha", json.path("lora_alpha"));
    }
  }

  /** What a user should know of keys that are left out. */
  List<String> notices() {
    return notices;
  }

  /** {@code peft_type}. */
  String type() {
    return json.path("peft_type").asText();
  }

  boolean flag(String key) {
    return json.path(key).asBoolean(false);
  }

  double dropout() {
    return json.path(type().equals("MISS") ? "miss_dropout" : "lora_dropout").asDouble(0);
  }

  /** R of a module; 1 where the method has none. */
  int rankOf(String module) {
    return type().equals("IA3")
        ? 1
        : (int) positive("rank_pattern", pattern("rank_pattern", module, json.path("r")));
  }

  /** {@code lora_alpha} of a module, times √R for a DoRA that is an rsLoRA too; else R. */
  double alphaOf(String module) {
    if (!type().equals("LORA")) {
      return rankOf(module);
    }
    double alpha =
        positive("alpha_pattern", pattern("alpha_pattern", module, json.path("lora_alpha")));
    return flag("use_rslora") && flag("use_dora") ? alpha * Math.sqrt(rankOf(module)) : alpha;
  }

  /** Whether IA3 scales a module's input, by {@code feedforward_modules}. */
  boolean isFeedforward(String module) {
    JsonNode modules = json.path("feedforward_modules");
    return modules.isTextual()
        ? regex("feedforward_modules", modules.asText()).matches(module)
        : texts("feedforward_modules").stream().anyMatch(module::endsWith);
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

  private IllegalArgumentException unsupported(String key, String why) {
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
