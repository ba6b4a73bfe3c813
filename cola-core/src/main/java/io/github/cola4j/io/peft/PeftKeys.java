package io.github.cola4j.io.peft;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What keys of an {@code adapter_config.json} without a rule of their own are. */
final class PeftKeys {
  /** The newest PEFT all of whose options are known here: 0.21. */
  private static final int[] KNOWN = {0, 21};

  private static final Pattern VERSION = Pattern.compile("(\\d{1,6})\\.(\\d{1,6})(\\D.*)?");

  /** How the factors were started, which the base does not show, or no longer does. */
  private static final Set<String> STARTS = Set.of("eva_config", "corda_config", "lora_ga_config");

  /** Options of PEFT, of old versions and of forks, that change what is computed. */
  private static final Map<String, String> OPTIONS =
      Map.ofEntries(
          Map.entry("trainable_token_indices", "the embeddings stay frozen"),
          Map.entry("fan_in_fan_out", ""),
          Map.entry("megatron_config", ""),
          Map.entry("velora_config", ""),
          Map.entry("alora_invocation_tokens", ""),
          Map.entry("monteclora_config", ""),
          Map.entry("layer_replication", ""),
          Map.entry("runtime_config", ""),
          Map.entry("lora_bias", ""),
          Map.entry("target_parameters", ""),
          Map.entry("arrow_config", ""),
          Map.entry("kasa_config", ""),
          Map.entry("ensure_weight_tying", ""),
          Map.entry("enable_lora", ""),
          Map.entry("mora_type", ""));

  private PeftKeys() {}

  /** Why a key that is set cannot be left out; null if it can. */
  static String whyNot(String key, JsonNode config) {
    if (STARTS.contains(key)) {
      return null; // init_lora_weights says whether it changed the base
    }
    String why = OPTIONS.get(key);
    boolean option = why != null || key.startsWith("use_");
    if (!option && !isLater(config.path("peft_version"))) {
      return null;
    }
    String nothing = "CoLA4J has nothing that does the same";
    return why != null && !why.isEmpty()
        ? why + ", so " + nothing
        : option
            ? nothing
            : nothing
                + ", unless it says nothing about the computation: the options of PEFT are known up"
                + " to "
                + KNOWN[0]
                + "."
                + KNOWN[1]
                + ", and this file is of "
                + config.path("peft_version").asText();
  }

  /** What is said of a key that is left out. */
  static String notice(String key) {
    return STARTS.contains(key)
        ? key + " is left out: it says how the adapter was started, not what it computes"
        : key + " is left out: it is no option of PEFT, which leaves it out too";
  }

  /** Versions are written since 0.18. */
  private static boolean isLater(JsonNode version) {
    if (version.isMissingNode() || version.isNull()) {
      return false;
    }
    Matcher parts = VERSION.matcher(version.asText());
    if (!parts.matches()) {
      return true;
    }
    int major = Integer.parseInt(parts.group(1));
    return major > KNOWN[0] || (major == KNOWN[0] && Integer.parseInt(parts.group(2)) > KNOWN[1]);
  }
}
