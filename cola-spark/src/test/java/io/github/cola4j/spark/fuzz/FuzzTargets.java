package io.github.cola4j.spark.fuzz;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.peft.PeftImport;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.TinyModel;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.data.DialogueReader;
import io.github.cola4j.spark.data.ExampleReader;
import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.spark.data.language.DialogueColumns;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.github.cola4j.spark.job.spec.JobFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;
import org.apache.spark.sql.SparkSession;

/** The files of others that are read, each with valid ones to damage. */
final class FuzzTargets implements AutoCloseable {
  /**
   * A kind of file.
   *
   * @param name for messages
   * @param damage makes a damaged file of a valid one
   * @param valid files without fault
   * @param reader reads one as the product does
   */
  record Target(
      String name,
      BiFunction<Mutations, byte[], byte[]> damage,
      List<byte[]> valid,
      Reader reader) {}

  /** Reads a damaged file; an {@link IllegalArgumentException} is an answer. */
  interface Reader {
    void read(byte[] file) throws IOException;
  }

  private static final Path PEFT = TinyModel.FOLDER.resolve("../../peft-adapters").normalize();

  private static final String JOB =
      """
      model: classpath:all-minilm-l6-v2
      tasks:
        - name: topic
          train: [a.jsonl, "b.csv"]
          columns: {text: question, pair: other, label: same}
        - {name: other, train: c.jsonl, classes: ["yes", "no"]}
      adapter: {a: 2, b: 3, rank: 8, alpha: 16, targets: [query, value]}
      training: {epochs: 5, batchSize: 8, optimizer: {learningRate: 5e-5}, seed: 42}
      spark: {localSteps: 3, metric: loss}
      output: out
      """;

  private static final String CSV =
      """
      text,label,other
      the court held damages,fin,1
      "quoted, with ""quotes""\",med,2
      "over
      lines",fin,3
      plain,med,
      """;

  private static final String JSON_LINES =
      """
      {"text": "the court held damages", "label": "fin", "score": 0.5}
      {"text": "\\u00e4 \\ud83d\\ude00", "label": "med", "x": [1, {"a": null}]}
      {"text": 5, "label": true}
      """;

  private static final String DIALOGUES =
      """
      {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo"}]}
      {"instruction": "say it", "input": "", "output": "it"}
      {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]}
      """;

  private final Path folder;
  private final SparkSession spark = TestSpark.open("local[1]");
  private final BaseModel bert = BaseModel.load(TinyModel.FOLDER.toString());
  private final BaseModel llama = BaseModel.load(TinyModel.LLAMA.toString());

  FuzzTargets(Path folder) {
    this.folder = folder;
  }

  List<Target> all() throws IOException {
    Path model = TinyModel.copyTo(folder.resolve("bert"));
    Path decoder = TinyModel.copy(TinyModel.MISTRAL, folder.resolve("mistral"));
    Path adapter = adapter(folder.resolve("adapter"));
    return List.of(
        new Target(
            "safetensors",
            Mutations::safetensors,
            List.of(Files.readAllBytes(model.resolve("model.safetensors"))),
            this::safetensors),
        new Target(
            "config.json of a BERT",
            Mutations::json,
            content(model, "config.json"),
            model(model, "config.json")),
        new Target(
            "config.json of a Mistral",
            Mutations::json,
            content(decoder, "config.json"),
            model(decoder, "config.json")),
        new Target(
            "tokenizer.json of a BERT",
            Mutations::json,
            content(model, "tokenizer.json"),
            model(TinyModel.copyTo(folder.resolve("bert-tokenizer")), "tokenizer.json")),
        new Target(
            "tokenizer.json of a Mistral",
            Mutations::json,
            content(decoder, "tokenizer.json"),
            model(
                TinyModel.copy(TinyModel.MISTRAL, folder.resolve("mistral-tokenizer")),
                "tokenizer.json")),
        new Target(
            "adapter.json",
            Mutations::json,
            content(adapter, "adapter.json"),
            file -> load(adapter, file)),
        new Target(
            "adapter_config.json",
            Mutations::json,
            content(PEFT.resolve("llama-lora"), "adapter_config.json"),
            this::peft),
        new Target("YAML", Mutations::bytes, List.of(bytes(JOB)), this::yaml),
        new Target("CSV", Mutations::bytes, List.of(bytes(CSV)), file -> rows("rows.csv", file)),
        new Target(
            "JSON lines",
            Mutations::bytes,
            List.of(bytes(JSON_LINES)),
            file -> rows("rows.jsonl", file)),
        new Target("dialogues", Mutations::bytes, List.of(bytes(DIALOGUES)), this::dialogues));
  }

  private static List<byte[]> content(Path of, String name) throws IOException {
    return List.of(Files.readAllBytes(of.resolve(name)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void safetensors(byte[] file) throws IOException {
    Path path = Files.write(folder.resolve("x.safetensors"), file);
    try (Safetensors tensors = Safetensors.open(path)) {
      for (String name : tensors.names()) {
        tensors.read(name, tensors.shape(name));
      }
    }
  }

  /** A model with one file damaged, and what a text becomes with it. */
  private static Reader model(Path model, String name) {
    return file -> {
      Files.write(model.resolve(name), file);
      BaseModel loaded = BaseModel.load(model.toString());
      loaded.tokenizer(16).encode("the court held damages", null, 0);
    };
  }

  private Path adapter(Path target) {
    AdapterConfig config = AdapterConfig.defaults();
    AdaptedModules modules = new AdaptedModules(bert.transformer().linears(), config);
    int width = bert.transformer().config().hiddenSize();
    float[] theta = new float[modules.layout(2, width).length()];
    AdapterStore.save(
        target,
        TrainedAdapter.of(
            new AdapterStore.Description(
                1, "t", List.of("a", "b"), bert.location(), bert.fingerprint(), 32, config, null),
            modules,
            theta,
            new float[modules.layout().length()]));
    return target;
  }

  private void load(Path adapter, byte[] file) throws IOException {
    Files.write(adapter.resolve(AdapterStore.DESCRIPTION), file);
    AdapterStore.describe(adapter).requireModel(adapter, bert.location(), bert.fingerprint());
    AdapterStore.load(
        adapter, bert.transformer().linears(), bert.transformer().config().hiddenSize());
  }

  private void peft(byte[] file) throws IOException {
    Path adapter = Files.createDirectories(folder.resolve("peft"));
    Path tensors = adapter.resolve("adapter_model.safetensors");
    if (!Files.exists(tensors)) {
      Files.copy(PEFT.resolve("llama-lora/adapter_model.safetensors"), tensors);
    }
    Files.write(adapter.resolve("adapter_config.json"), file);
    PeftImport.read(
        adapter,
        llama.transformer(),
        new PeftImport.Target(
            "t",
            List.of(),
            llama.location(),
            llama.fingerprint(),
            64,
            PromptConfig.defaults(),
            null));
  }

  private void yaml(byte[] file) throws IOException {
    JobFile.read(Files.write(folder.resolve("job.yaml"), file), List.of());
  }

  private void rows(String name, byte[] file) throws IOException {
    Path path = Files.write(folder.resolve(name), file);
    try (ExampleRows<?> rows =
        ExampleReader.read(spark, "t", List.of(path.toString()), Columns.defaults(), true)) {
      rows.exampleCount();
      rows.badRows().forEachRemaining(row -> {});
    }
  }

  private void dialogues(byte[] file) throws IOException {
    Path path = Files.write(folder.resolve("dialogues.jsonl"), file);
    try (ExampleRows<?> rows =
        DialogueReader.read(
            spark,
            "t",
            List.of(path.toString()),
            DialogueFormat.CHAT,
            DialogueColumns.defaults(),
            null)) {
      rows.exampleCount();
      rows.badRows().forEachRemaining(row -> {});
    }
  }

  @Override
  public void close() {
    spark.stop();
  }
}
