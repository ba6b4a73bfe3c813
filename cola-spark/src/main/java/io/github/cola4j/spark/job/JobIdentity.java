package io.github.cola4j.spark.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.io.Sha256;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.spark.MultiTaskTrainer;
import io.github.cola4j.spark.concurrent.ConcurrentJobs;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.training.TaskData;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What decides a job's result, as keys and values. */
final class JobIdentity {
  /** The adapters' starting values: without them a state means nothing. */
  static final String INITIAL = "adapter's starting values";

  private static final JsonMapper MAPPER =
      JsonMapper.builder().serializationInclusion(JsonInclude.Include.NON_NULL).build();

  private JobIdentity() {}

  /**
   * Every key of the job but where it writes and logs to, and fingerprints of model and data.
   *
   * @param training of the tasks' training examples
   */
  static Map<String, String> of(
      Job job, MultiTaskTrainer trainer, List<TaskData<?>> tasks, List<DataFingerprint> training) {
    Map<String, String> identity = new TreeMap<>();
    ObjectNode tree = MAPPER.valueToTree(job);
    tree.remove("output");
    tree.remove("checkpoint");
    tree.remove("report");
    tree.remove("track");
    if (job.compute() == Precision.FLOAT32) {
      tree.remove("compute"); // as in checkpoints of versions that had nothing else
    }
    if (job.quantize() == null) {
      tree.remove("quantize"); // likewise
    }
    if (job.pooling() == null) {
      tree.remove("pooling"); // likewise
    }
    if (job.spark().tokensTogether() == 0) {
      ((ObjectNode) tree.get("spark")).remove("tokensTogether"); // likewise
    }
    if (job.training().labelSmoothing() == 0) {
      ((ObjectNode) tree.get("training")).remove("labelSmoothing"); // likewise
    }
    for (JsonNode task : tree.get("tasks")) {
      if (task.path("problemType").asText().equals(ProblemType.SINGLE_LABEL.key())) {
        ((ObjectNode) task).remove("problemType"); // likewise
      }
      removeOtherColumns((ObjectNode) task.get("dialogue")); // likewise
      ((ObjectNode) task).remove("generate"); // what is measured after training
    }
    flatten("", tree, identity);
    identity.put("content of model", trainer.model().fingerprint());
    identity.put(INITIAL, Sha256.of(trainer.initial()));
    List<String> validation =
        ConcurrentJobs.map(
            tasks,
            task -> task.validation() == null ? "" : DataFingerprint.ordered(task.validation()));
    for (int t = 0; t < tasks.size(); t++) {
      String data = "data of task '" + tasks.get(t).name() + "', ";
      identity.put(data + "training", training.get(t).ordered());
      if (tasks.get(t).validation() != null) {
        identity.put(data + "validation", validation.get(t));
      }
    }
    return identity;
  }

  /** Columns of formats that a task's rows do not have. */
  private static void removeOtherColumns(ObjectNode dialogue) {
    DialogueFormat format =
        DialogueFormat.of(dialogue.path("format").asText().toLowerCase(Locale.ROOT));
    if (format != DialogueFormat.TEXT) {
      dialogue.remove("text");
    }
    if (format != DialogueFormat.PREFERENCE) {
      dialogue.remove(List.of("prompt", "chosen", "rejected"));
    }
  }

  private static void flatten(String key, JsonNode node, Map<String, String> target) {
    if (node.isObject()) {
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        flatten(
            key.isEmpty() ? entry.getKey() : key + "." + entry.getKey(), entry.getValue(), target);
      }
    } else if (node.isArray() && node.path(0).isObject()) {
      for (int i = 0; i < node.size(); i++) {
        flatten(key + "." + i, node.get(i), target);
      }
    } else {
      target.put(key, node.isTextual() ? node.textValue() : node.toString());
    }
  }
}
