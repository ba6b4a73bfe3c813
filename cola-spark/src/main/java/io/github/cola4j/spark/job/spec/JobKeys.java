package io.github.cola4j.spark.job.spec;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.adapter.AdapterConfig;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** The keys of a job file: those of the records it becomes, at every depth. */
final class JobKeys {
  private JobKeys() {}

  /**
   * Refuses a key that no record has, before a value is looked at: a misspelt key would else be
   * told as a missing one.
   *
   * @param type what the node becomes
   * @param path of the node, each key of it with a dot; empty for the job
   * @throws IllegalArgumentException that names the nearest known key
   */
  static void requireKnown(JsonNode node, Type type, String path) {
    if (type instanceof ParameterizedType map && map.getRawType() == Map.class) {
      return; // its owner knows the keys
    }
    if (type instanceof ParameterizedType list) {
      Type element = list.getActualTypeArguments()[0];
      for (int i = 0; i < node.size() && node.isArray(); i++) {
        requireKnown(node.get(i), element, path + i + ".");
      }
      if (node.isObject()) {
        requireKnown(node, element, path + "0."); // a single value stands for a list of one
      }
    } else if (type instanceof Class<?> record && record.isRecord() && node.isObject()) {
      List<RecordComponent> known = List.of(record.getRecordComponents());
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        String key = entry.getKey();
        RecordComponent component =
            known.stream()
                .filter(candidate -> candidate.getName().equals(key))
                .findFirst()
                .orElseThrow(() -> unknown(path + key, key, names(record)));
        requireKnown(entry.getValue(), component.getGenericType(), path + key + ".");
        if (record == AdapterConfig.class && key.equals("options")) {
          requireOptions(entry.getValue(), node.path("method").textValue(), path + key + ".");
        }
      }
    }
  }

  private static void requireOptions(JsonNode options, String method, String path) {
    List<String> known = AdapterConfig.optionKeys(method);
    for (Map.Entry<String, JsonNode> entry : options.properties()) {
      if (!known.contains(entry.getKey())) {
        throw unknown(path + entry.getKey(), entry.getKey(), known);
      }
    }
  }

  /** The keys a record is read from, in their order. */
  static List<String> names(Class<?> record) {
    return Stream.of(record.getRecordComponents()).map(RecordComponent::getName).toList();
  }

  private static IllegalArgumentException unknown(String path, String key, List<String> known) {
    LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
    String nearest =
        known.stream().min(Comparator.comparing(name -> distance.apply(name, key))).orElseThrow();
    return new IllegalArgumentException(
        String.format(
            "unknown key '%s'; did you mean '%s'? Known here: %s",
            path, nearest, String.join(", ", known)));
  }
}
