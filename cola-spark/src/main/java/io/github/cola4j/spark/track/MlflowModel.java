package io.github.cola4j.spark.track;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.github.cola4j.io.adapter.AdapterStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Adapters as a model of MLflow: {@code MLmodel}, {@code requirements.txt} and, in {@code
 * adapters}, each task's. The Python module {@code cola4j.mlflow} loads it.
 *
 * @param adapters a folder of adapters
 */
record MlflowModel(Path adapters) {
  private static final String DATA = "adapters";
  private static final JsonMapper JSON = new JsonMapper();

  /** Stores it among a run's artifacts; {@code MLmodel}, without which it is none, last. */
  void store(MlflowRun run, String name, String sparkVersion) throws IOException {
    List<AdapterStore.Description> descriptions = new ArrayList<>();
    for (Path adapter : folders()) {
      descriptions.add(AdapterStore.describe(adapter));
      for (String file : List.of(AdapterStore.TENSORS, AdapterStore.DESCRIPTION)) {
        run.artifact(
            adapter.resolve(file), String.join("/", name, DATA, adapter.getFileName() + "", file));
      }
    }
    Path scratch = Files.createTempDirectory("cola4j-mlflow");
    try {
      Path requirements = scratch.resolve("requirements.txt");
      String line = sparkVersion.replaceFirst("^(\\d+\\.\\d+).*", "$1");
      Files.writeString(requirements, "cola4j\npyspark~=" + line + ".0\nmlflow\npandas\n");
      run.artifact(requirements, name + "/requirements.txt");
      Path mlmodel = scratch.resolve("MLmodel");
      Files.writeString(
          mlmodel, new YAMLMapper().writeValueAsString(description(run, name, descriptions)));
      run.artifact(mlmodel, name + "/MLmodel");
      Files.delete(requirements);
      Files.delete(mlmodel);
    } finally {
      Files.deleteIfExists(scratch);
    }
  }

  private List<Path> folders() throws IOException {
    try (var all = Files.list(adapters)) {
      return all.filter(AdapterStore::isAdapter).sorted().toList();
    }
  }

  private static Map<String, Object> description(
      MlflowRun run, String name, List<AdapterStore.Description> adapters) throws IOException {
    AdapterStore.Description first = adapters.get(0);
    Map<String, String> columns = columns(adapters);
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("model", first.model());
    if (first.isLanguageModel()) {
      config.put("maxNewTokens", 256);
      config.put("temperature", 0.0);
      config.put("topP", 1.0);
    } else {
      config.put("text", columns.getOrDefault("text", ""));
      config.put("pair", columns.getOrDefault("pair", ""));
    }
    Map<String, Object> description = new LinkedHashMap<>();
    description.put("artifact_path", name);
    description.put(
        "flavors",
        Map.of(
            "python_function",
            Map.of("loader_module", "cola4j.mlflow", "data", DATA, "config", config),
            "cola4j",
            Map.of("data", DATA, "model", first.model(), "fingerprint", first.fingerprint())));
    description.put("model_uuid", UUID.randomUUID().toString().replace("-", ""));
    description.put("run_id", run.id());
    description.put("utc_time_created", LocalDateTime.now(ZoneOffset.UTC).toString());
    boolean classifies = columns.containsKey("text") || columns.containsKey("image");
    if (!first.isLanguageModel() && classifies) {
      description.put("signature", signature(adapters.size(), columns));
    }
    return description;
  }

  /** The columns that all adapters have learnt from, by role; none where these differ. */
  private static Map<String, String> columns(List<AdapterStore.Description> adapters) {
    List<Map<String, String>> learnt =
        adapters.stream()
            .map(adapter -> Optional.ofNullable(adapter.columns()).orElse(Map.of()))
            .distinct()
            .toList();
    return learnt.size() == 1 ? learnt.get(0) : Map.of();
  }

  /** A classifier's columns, as MLflow's signatures have them: lists in JSON. */
  private static Map<String, String> signature(int tasks, Map<String, String> columns)
      throws IOException {
    List<Map<String, Object>> inputs = new ArrayList<>();
    if (tasks > 1) {
      inputs.add(column("task", "string"));
    }
    if (columns.containsKey("image")) {
      inputs.add(column(columns.get("image"), "binary"));
    } else {
      inputs.add(column(columns.get("text"), "string"));
    }
    if (columns.containsKey("pair")) {
      inputs.add(column(columns.get("pair"), "string"));
    }
    return Map.of("inputs", JSON.writeValueAsString(inputs));
  }

  private static Map<String, Object> column(String name, String type) {
    return Map.of("type", type, "name", name, "required", true);
  }
}
