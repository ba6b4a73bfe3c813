package io.github.cola4j.spark.track;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.TaskSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A job's settings, every default filled in, as MLflow has parameters: {@code
 * training.optimizer.learningRate}. Of the tasks it has number and names; the hundreds of keys that
 * many tasks have are in {@code job.yaml}.
 */
final class JobParams {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().serializationInclusion(JsonInclude.Include.NON_EMPTY).build();

  private JobParams() {}

  /** The settings, in the order of the job file. */
  static Map<String, String> of(Job job) {
    ObjectNode tree = MAPPER.valueToTree(job);
    tree.remove("tasks");
    tree.remove("track");
    Map<String, String> params = new LinkedHashMap<>();
    params.put("tasks", String.valueOf(job.tasks().size()));
    params.put(
        "tasks.names", job.tasks().stream().map(TaskSpec::name).collect(Collectors.joining(", ")));
    flatten("", tree, params);
    return params;
  }

  private static void flatten(String key, JsonNode node, Map<String, String> target) {
    if (node.isObject()) {
      String parent = key.isEmpty() ? "" : key + ".";
      node.properties().forEach(e -> flatten(parent + e.getKey(), e.getValue(), target));
    } else if (node.isArray()) {
      target.put(key, node.toString());
    } else if (!node.isNull()) {
      target.put(key, node.asText());
    }
  }
}
