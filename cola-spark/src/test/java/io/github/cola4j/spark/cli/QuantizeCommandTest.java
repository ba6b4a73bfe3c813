package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.nn.stored.WeightOptions;
import io.github.cola4j.spark.TinyModel;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuantizeCommandTest {
  @TempDir Path folder;

  private static Path model() throws Exception {
    return Path.of(QuantizeCommandTest.class.getResource("/goldens/bert/model").toURI());
  }

  @Test
  void aFolderIsWrittenOnceAndLoads() throws Exception {
    String output = folder.resolve("nf4").toString();
    String[] command = {"quantize", model().toString(), output, "--type", "nf4"};
    assertThat(Cola.run(command)).isZero();
    BaseModel base = BaseModel.load(output);
    assertThat(base.quantization()).isEqualTo(Quantization.NF4);
    assertThat(base.linears()).allMatch(linear -> linear.weight().place().startsWith("nf4 in"));
    assertThat(Cola.run(command)).as("it is there").isEqualTo(2);
    assertThat(Cola.run("quantize", model().toString(), output, "--type", "int8", "--overwrite"))
        .isZero();
    assertThat(BaseModel.load(output).quantization()).isEqualTo(Quantization.INT8);
    assertThat(Cola.run("quantize", output, folder.resolve("b").toString(), "--type", "nf4"))
        .as("it is quantised already")
        .isEqualTo(1);
    assertThat(Files.exists(folder.resolve("b"))).isFalse();
    assertThat(Cola.run("quantize", model().toString(), output, "--type", "fp4")).isEqualTo(2);
  }

  @Test
  void aJobFileSaysWhatIsQuantisedOnLoading() throws Exception {
    Path file = folder.resolve("job.yaml");
    Files.writeString(
        file,
        "compute: bfloat16\n"
            + "quantize: nf4\n"
            + "tasks:\n"
            + "- {name: a, train: a.csv, classes: [x, y]}\n"
            + "output: out\n");
    Job job = JobFile.read(file, List.of());
    assertThat(job.weightOptions())
        .isEqualTo(new WeightOptions(Precision.BFLOAT16, Quantization.NF4));
  }

  @Test
  void aJobTrainsOnAQuantisedBaseAndMergesIntoTheFloatWeights() throws Exception {
    TinyJob job = new TinyJob(folder);
    job.train("--set", "quantize=nf4", "--set", "compute=bfloat16").succeeds();
    JsonNode results = new ObjectMapper().readTree(job.path("out/results.json").toFile());
    assertThat(results.path("compute").asText()).startsWith("bfloat16");
    String adapter = job.path("out/adapters/topic").toString();
    assertThat(Files.readString(Path.of(adapter, "adapter.json")))
        .containsPattern("\"quantization\"\\s*:\\s*\"nf4\"");

    String exported = job.path("exported").toString();
    for (String[] command :
        List.of(
            new String[] {"inspect", adapter},
            new String[] {"export", adapter, "--output", exported})) {
      CliRun run = CliRun.cola(command);
      run.succeeds();
      assertThat(run.out() + run.err()).doesNotContain("was trained on weights");
    }

    CliRun.cola("merge", adapter, "--output", job.path("merged").toString()).succeeds();

    String quantised = job.path("quantised").toString();
    CliRun.cola("quantize", TinyModel.FOLDER.toString(), quantised, "--type", "nf4").succeeds();
    job.train("--set", "model=" + quantised, "--output", job.path("other").toString()).succeeds();
    CliRun.cola(
            "merge",
            job.path("other/adapters/topic").toString(),
            "--output",
            job.path("refused").toString())
        .failsWith(1, "is quantised to nf4", "quantize: nf4");
  }

  @Test
  void aJobTrainsFromAStartAndResumes() throws Exception {
    TinyJob job = new TinyJob(folder);
    String model = job.path("loftq").toString();
    String[] command = {
      "quantize", TinyModel.FOLDER.toString(), model, "--type", "nf4", "--start", "loftq", "--rank"
    };
    CliRun.cola(with(command, "0")).failsWith(2, "--start:", "at least 1, got 0");
    CliRun quantised = CliRun.cola(with(command, "2", "--iterations", "3")).succeeds();
    assertThat(quantised.out())
        .contains("start loftq of rank 2 for 12 of them: relative error 0.0", ", without it 0.0");
    job.trainFails(1, List.of("--set", "model=" + model), "adapter.init: loftq, rank: 2");
    job.train("--set", "adapter.init=loftq", "--overwrite")
        .failsWith(1, "has no start stored beside it", "cola quantize --start loftq --rank 2");

    job.write(
        "job.yaml",
        TinyJob.YAML
            .replace(TinyModel.FOLDER.toString(), model)
            .replace("rank: 2", "rank: 2\n  method: lora\n  init: loftq"));
    job.train("--overwrite").succeeds();
    Path adapter = job.path("out/adapters/topic");
    StoppedJob.run(job.path("job.yaml"), job.path("stopped"), 1);
    job.train("--resume", "--output", job.path("stopped").toString()).succeeds();
    assertThat(job.path("stopped/adapters/topic").resolve(AdapterStore.TENSORS))
        .hasSameBinaryContentAs(adapter.resolve(AdapterStore.TENSORS));
    CliRun.cola("evaluate", adapter.toString(), "--data", job.path("test.jsonl").toString())
        .succeeds();
    CliRun.cola("merge", adapter.toString(), "--output", job.path("refused").toString())
        .failsWith(1, "is quantised to nf4");
  }

  private static String[] with(String[] command, String... more) {
    return Stream.concat(Stream.of(command), Stream.of(more)).toArray(String[]::new);
  }
}
