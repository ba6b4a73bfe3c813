package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.spark.TinyModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Jobs of language models that cannot run: an exit code, one line, no output. */
class DecoderFailuresTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path folder;
  private TinyJob job;

  @BeforeEach
  void write() {
    job = TinyDialogues.in(folder);
  }

  /** What is set, the exit code, what the message says. */
  static Stream<Arguments> settings() {
    return Stream.of(
        set(2, "prompt.template=vicuna", "prompt.template must be one of alpaca", "'vicuna'"),
        set(2, "prompt.date=today", "prompt.date must be a date as 2024-07-26", "'today'"),
        set(2, "prompt.templat=plain", "unknown key 'prompt.templat'", "did you mean 'template'?"),
        set(2, "data.encoding=klingon", "data.encoding must be a charset", "'klingon'"),
        set(2, "data.encoding=a b", "data.encoding must be a charset", "'a b'"),
        set(2, "data.maxExamples=-1", "data.maxExamples must be 0 or more, got -1"),
        set(2, "training.recompute=often", "training.recompute", "true or false", "\"often\""),
        set(2, "tasks.0.dialogue.format=xml", "tasks.0.dialogue.format", "alpaca", "\"xml\""),
        set(2, "tasks.0.choices.shots=-1", "choices.shots and choices.limit must be 0 or more"),
        set(2, "tasks.0.choices.prompt=mine", "choices.prompt must be paper or template", "'mine'"),
        set(2, "tasks.0.choices={shots: 1}", "'choices' has no 'files'"),
        set(2, "tasks.0.classes=[a, b]", "tasks.0.classes needs a classification", "llama"),
        set(2, "tasks.0.columns={text: q}", "tasks.0.columns needs a classification", "llama"),
        set(2, "baseline=true", "baseline needs a classification", "llama"),
        set(2, "adapter.targets=[query]", "target 'query' matches no linear layer", "q_proj"),
        set(1, "prompt.template=chatml", "task 'sums'", "<|im_start|>", "the tokenizer does not"),
        set(1, "tasks.0.choices.shots=4", "task 'sums': choices.shots is 4, there are only 3"),
        set(1, "tasks.0.choices.shots=3", "task 'sums': choices.shots is 3", "none is left to ask"),
        set(
            1,
            "tasks.0.train=none.json",
            "task 'sums': no such file: ",
            "none.json; set tasks.0.train in the job file or by --set tasks.0.train=PATH"),
        set(
            1,
            "tasks.0.choices.files=none.csv",
            "no such file: ",
            "--set tasks.0.choices.files=PATH"),
        set(1, "model=nowhere", "nowhere': there is no such folder", "--set model=FOLDER"),
        set(1, "tasks.0.dialogue.format=chat", "column 'messages' is not in", "train.jsonl"),
        set(1, "tasks.0.dialogue.output=answer", "column 'answer' is not in", "train.jsonl"));
  }

  private static Arguments set(int code, String setting, String... message) {
    return Arguments.of(setting, code, message);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("settings")
  void aJobThatCannotRunIsRefused(String setting, int code, String[] message) {
    job.trainFails(code, List.of("--set", setting), message);
    assertThat(message).isNotEmpty();
  }

  /** A file, its content, what the message says. */
  static Stream<Arguments> data() {
    String answered = TinyDialogues.line("the rate", "bank");
    return Stream.of(
        file(
            "train.jsonl",
            "{\"text\": \"the bank\", \"label\": \"fin\"}\n",
            "task 'sums': column 'instruction' is not in",
            "train.jsonl"),
        file("train.jsonl", "", "task 'sums' has no training examples"),
        file("train.jsonl", answered, "task 'sums' has one example; validation needs another"),
        file(
            "train.jsonl",
            TinyDialogues.line("the rate ".repeat(50), "bank"),
            "task 'sums': there is nothing to learn from any of its 1 examples",
            "training.maxLength"),
        file(
            "train.jsonl",
            answered + TinyDialogues.line("the rate", " "),
            "task 'sums': 1 bad rows, more than the 0 allowed",
            "train.jsonl:2: column 'output' is blank"),
        file(
            "questions.csv",
            "question,A,B,answer\nthe rate?,one,two,C\n",
            "task 'sums': 1 bad rows",
            "questions.csv:2: column 'answer' is 'C'; expected a letter from A to B"),
        file(
            "questions.csv",
            "question,A,B,answer\n" + "the rate ".repeat(2000) + ",one,two,A\n",
            "the question 'the rate the rate ",
            "makes a prompt of 8128 tokens; the model has 256 positions",
            "remove it or show fewer solved questions"));
  }

  private static Arguments file(String name, String content, String... message) {
    return Arguments.of(name, content, message);
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("data")
  void wrongDataFail(String name, String content, String[] message) {
    job.write(name, content);
    job.trainFails(
        1, List.of("--set", "data.maxBadRows=0", "--set", "tasks.0.validation=[]"), message);
    assertThat(message).isNotEmpty();
  }

  @FunctionalInterface
  interface Damage {
    void to(Path model) throws IOException;
  }

  /** A damage to the Llama's folder, what the message says. */
  static Stream<Arguments> damages() {
    return Stream.of(
        damage(
            "NaN in weights",
            model -> overwriteFirst(model.resolve("model-00001-of-00002.safetensors"), Float.NaN),
            "tensor 'model.",
            "model-00001-of-00002.safetensors",
            "expected finite float32 numbers",
            "NaN"),
        damage(
            "another width of the feed-forward",
            model -> config(model, c -> c.put("intermediate_size", 96)),
            "mlp.gate_proj.weight",
            "expected shape [96, 48], it has [80, 48]",
            "do not belong together"),
        damage(
            "a bias that the configuration does not have",
            DecoderFailuresTest::addBias,
            "such as model.layers.0.self_attn.q_proj.bias",
            "the architecture of config.json does not use"),
        damage(
            "a bias that the weights do not have",
            model -> config(model, c -> c.put("attention_bias", true)),
            "has no tensor 'model.layers.0.self_attn.q_proj.bias'"),
        damage(
            "fewer layers than the weights have",
            model -> config(model, c -> c.put("num_hidden_layers", 2)),
            "such as model.layers.2.",
            "the architecture of config.json does not use"),
        damage(
            "more layers than the weights have",
            model -> config(model, c -> c.put("num_hidden_layers", 4)),
            "has no tensor 'model.layers.3."),
        damage(
            "a head that is not there",
            model -> config(model, c -> c.put("tie_word_embeddings", false)),
            "has no lm_head.weight, and tie_word_embeddings of config.json is false or left out"),
        damage(
            "a missing shard",
            model -> Files.delete(model.resolve("model-00002-of-00002.safetensors")),
            "model.safetensors.index.json names model-00002-of-00002.safetensors",
            "which is not in the folder"),
        damage(
            "another architecture",
            model -> config(model, c -> c.put("model_type", "gpt_bigcode")),
            "config.json: model_type must be",
            "got \"gpt_bigcode\""),
        damage(
            "another head",
            model -> config(model, c -> c.putArray("architectures").add("LlamaForTokenClassifier")),
            "config.json: architectures must be one that ends with ForCausalLM"),
        damage(
            "another rotation",
            model -> config(model, c -> c.withObject("/rope_scaling").put("rope_type", "ntk")),
            "rope_type must be",
            "got \"ntk\""),
        damage(
            "another activation",
            model -> config(model, c -> c.put("hidden_act", "relu")),
            "hidden_act must be \"silu\"",
            "got \"relu\""),
        damage(
            "quantised weights",
            model -> config(model, c -> c.putObject("quantization_config").put("bits", 4)),
            "quantization_config must be absent; take the model's float weights"),
        damage(
            "an unknown special token",
            model -> edit(model, "tokenizer_config.json", c -> c.put("eos_token", "<|done|>")),
            "tokenizer_config.json: eos_token is '<|done|>'",
            "tokenizer.json has no added token for"));
  }

  private static Arguments damage(String name, Damage damage, String... message) {
    return Arguments.of(name, damage, message);
  }

  private static void config(Path model, Consumer<ObjectNode> change) throws IOException {
    edit(model, "config.json", change);
  }

  private static void edit(Path model, String name, Consumer<ObjectNode> change)
      throws IOException {
    Path file = model.resolve(name);
    ObjectNode content = (ObjectNode) JSON.readTree(file.toFile());
    change.accept(content);
    JSON.writeValue(file.toFile(), content);
  }

  /** The first element after the header. */
  private static void overwriteFirst(Path safetensors, float value) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.wrap(Files.readAllBytes(safetensors)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putFloat(8 + Math.toIntExact(bytes.getLong(0)), value);
    Files.write(safetensors, bytes.array());
  }

  /** A third shard with a tensor that config.json rules out. */
  private static void addBias(Path model) throws IOException {
    String name = "model.layers.0.self_attn.q_proj.bias";
    String header =
        "{\"" + name + "\":{\"dtype\":\"F32\",\"shape\":[48],\"data_offsets\":[0,192]}}";
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + header.length() + 192).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(header.length()).put(header.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    Files.write(model.resolve("bias.safetensors"), bytes.array());
    edit(
        model,
        "model.safetensors.index.json",
        c -> c.withObject("/weight_map").put(name, "bias.safetensors"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damages")
  void aDamagedModelFails(String name, Damage damage, String[] message) throws IOException {
    Path model = TinyModel.copy(TinyModel.LLAMA, folder.resolve("model"));
    damage.to(model);
    job.trainFails(1, List.of("--set", "model=model"), message);
    assertThat(message).isNotEmpty();
  }

  /** A key that only a language model understands. */
  static Stream<Arguments> onAnEncoder() {
    return Stream.of(
        Arguments.of("tasks.0.choices={files: q.csv}", "tasks.0.choices needs a decoder"),
        Arguments.of("tasks.0.dialogue={format: chat}", "tasks.0.dialogue needs a decoder"),
        Arguments.of("prompt={template: plain}", "prompt needs a decoder"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("onAnEncoder")
  void anEncoderHasNoDialogues(String setting, String message) {
    TinyJob texts = new TinyJob(folder);
    texts.trainFails(2, List.of("--set", setting), message, TinyModel.FOLDER.toString());
  }

  @Test
  void dialoguesAreNoTextsWithLabels() {
    TinyJob texts = new TinyJob(folder);
    texts.write("train.jsonl", TinyDialogues.lines(8));
    texts.trainFails(1, List.of(), "column 'text' is not in", "train.jsonl", "instruction");
  }

  @Test
  void anAdapterOfDialoguesLabelsNoTexts() {
    job.train("--set", "tasks.0.choices=").succeeds();
    String adapter = job.path("out/adapters/sums").toString();
    String texts = job.write("texts.jsonl", TinyJob.lines(4)).toString();
    CliRun.cola("evaluate", adapter, "--data", texts, "--master", "local[1]")
        .failsWith(1, "texts.jsonl", "'instruction'");
    CliRun.cola(
            "predict", adapter, "--data", texts, "--output", job.path("labelled.jsonl").toString())
        .failsWith(1, "texts.jsonl", "'instruction'");
    assertThat(job.path("labelled.jsonl")).doesNotExist();
    CliRun.cola("inspect", adapter).succeeds();
  }

  @Test
  void anAdapterOfTextsNeedsItsOwnModel() {
    TinyJob texts = new TinyJob(folder);
    texts.train().succeeds();
    CliRun.cola(
            "evaluate",
            texts.path("out/adapters/topic").toString(),
            "--data",
            texts.path("test.jsonl").toString(),
            "--model",
            TinyModel.LLAMA.toString())
        .failsWith(1, "was trained on another model", "--model");
  }
}
