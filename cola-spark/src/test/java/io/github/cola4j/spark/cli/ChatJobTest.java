package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dialogues with tools and reasoning, written by a template that rewrites earlier turns. */
class ChatJobTest {
  private static final String TEMPLATE =
      """
      {%- if tools %}{{ tools|tojson }}{% endif -%}
      {%- for m in messages -%}
      {{- '[' ~ m.role ~ ']' -}}
      {%- if loop.last and m.role == 'assistant' -%}
      {{- '<think>' ~ (m.reasoning_content or '') ~ '</think>' -}}
      {%- endif -%}
      {%- for c in m.tool_calls or [] -%}{{- c.function.name ~ c.function.arguments.n -}}{%- endfor -%}
      {{- (m.content or '') ~ eos_token -}}
      {%- endfor -%}
      {%- if add_generation_prompt %}[assistant]{% endif -%}
      """;

  private static final String TWO =
      """
      {"messages":[{"role":"user","content":"q %1$d"},{"role":"assistant","content":"a","reasoning_content":"r"%2$s},\
      {"role":"user","content":"q"},{"role":"assistant","content":"b"}]}
      """;

  private static final String CALL =
      """
      {"messages":[{"role":"user","content":"q %1$d"},{"role":"assistant","tool_calls":[{"name":"f","arguments":"{\\"n\\":7}"}]},\
      {"role":"tool","content":"9"},{"role":"assistant","content":"b"}],"tools":[{"name":"f"}]}
      """;

  private static final String CALL_ALONE =
      """
      {"messages":[{"role":"user","content":"q %d"},{"role":"assistant","tool_calls":[{"name":"f","arguments":{"n":7}}]}],"tools":[{"name":"f"}]}
      """;

  @TempDir Path folder;
  private TinyJob job;

  @BeforeEach
  void write() throws IOException {
    job = TinyDialogues.in(folder);
    Path model = TinyModel.copy(TinyModel.LLAMA, folder.resolve("m"));
    // a model of its own for each test: executors keep an equal one, whose folder is gone
    String own = "{# " + folder.getFileName() + " #}";
    Files.writeString(model.resolve("chat_template.jinja"), own + TEMPLATE);
    job.write(
        "train.jsonl",
        TWO.formatted(1, "") + TWO.formatted(2, "") + CALL.formatted(3) + CALL.formatted(4));
    job.write("validation.jsonl", TWO.formatted(5, ""));
  }

  private long tested(String test, String template) throws IOException {
    job.write("test.jsonl", test);
    String[] options = {
      "--set",
      "model=" + folder.resolve("m"),
      "--set",
      "prompt.template=" + template,
      "--set",
      "tasks.0.choices=",
      "--set",
      "training.maxLength=200",
      "--overwrite"
    };
    job.train(options).succeeds();
    return TinyDialogues.result(job).path("testExamples").asLong();
  }

  @Test
  void everyAnswerIsAnExampleAndOneOfWeightZeroIsNone() throws IOException {
    long both = tested(TWO.formatted(6, ""), "model");
    assertThat(TinyDialogues.result(job).path("trainExamples").asInt()).isEqualTo(8);
    assertThat(TinyDialogues.result(job).path("droppedBecause").size()).isZero();
    long second = tested(TWO.formatted(6, ",\"weight\":0"), "model");

    assertThat(both).isGreaterThan(second + "<think>r</think>a".length() / 4);
    assertThat(second).isPositive();
  }

  @Test
  void answersThatAreCallsAreNotCompared() throws IOException {
    tested(TWO.formatted(6, ""), "model");
    String data =
        job.write("more.jsonl", TWO.formatted(7, "") + CALL_ALONE.formatted(8)).toString();
    CliRun run =
        CliRun.cola(
            "evaluate",
            job.path("out").toString(),
            "--data",
            data,
            "--generate",
            "--max-new-tokens",
            "4");
    assertThat(run.succeeds().out()).containsPattern(": 1 answers, .*; 1 could not be asked");
  }

  @Test
  void aTemplateThatWritesNoCallsRefusesThem() throws IOException {
    assertThat(tested(TWO.formatted(6, ""), "plain")).isPositive();
    assertThat(TinyDialogues.result(job).path("trainExamples").asInt()).isEqualTo(2);
    assertThat(TinyDialogues.result(job).path("badRows").asInt()).isEqualTo(2);
    assertThat(Files.readAllLines(job.path("out/quarantine.jsonl")))
        .hasSize(2)
        .allMatch(line -> line.contains("it calls tools, which no built-in template writes"));
  }
}
