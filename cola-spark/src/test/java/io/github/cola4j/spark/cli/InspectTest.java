package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectTest {
  @TempDir Path folder;

  @Test
  void countsTheDefaultModel() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.GERMANY);
    String out;
    try {
      out = CliRun.cola("inspect").succeeds().out();
    } finally {
      Locale.setDefault(before);
    }
    assertThat(out)
        .startsWith(
            "classpath:all-minilm-l6-v2: bert, 6 layers, width 384, 12 heads, feed-forward 1536,"
                + " vocabulary 30522, 512 positions")
        .contains("cola 2|3, full pairing, pissa, alpha 16.0")
        // 8 · (2 · 384 + 3 · 1536)
        .containsPattern("encoder.layer.5.intermediate.dense +1536 × 384 +yes +8 +43,008\n")
        // embeddings 11,918,592 and six layers of 1,774,464; 36 adapted layers
        // 829,440 · 2/5, as the layers' inputs are as wide together as their outputs
        .contains(
            "22,565,376 frozen parameters, 829,440 of an adapter (3.7%)\n"
                + "331,776 of these are trained, sent and kept: equal factors of full pairing stay"
                + " equal\n");
    assertThat(out.lines().filter(line -> line.contains(" yes "))).hasSize(36);
  }

  @Test
  void showsWhatAJobAdapts() {
    TinyJob job = new TinyJob(folder);
    String out =
        CliRun.cola(
                "inspect",
                job.path("job.yaml").toString(),
                "--set",
                "adapter.targets=[query, output.dense]",
                "--set",
                "adapter.overrides=[{modules: query, rank: 3}]")
            .succeeds()
            .out();
    List<String> adapted = out.lines().filter(line -> line.contains(" yes ")).toList();
    // of each layer the query, the attention's output and the feed-forward's output
    assertThat(adapted).hasSize(6);
    assertThat(adapted.get(0))
        .matches("encoder.layer.0.attention.self.query +32 × 32 +yes +3 +480");
    assertThat(adapted.get(2)).matches("encoder.layer.0.output.dense +32 × 64 +yes +2 +448");
    assertThat(out.lines().filter(line -> line.matches(".* no +0"))).hasSize(6);
    // 2 · (480 + 320 + 448)
    assertThat(out).contains(" 2,496 of an adapter");
  }

  @Test
  void countsWhatAMethodTrains() {
    TinyJob job = new TinyJob(folder);
    String out =
        CliRun.cola(
                "inspect",
                job.path("job.yaml").toString(),
                "--set",
                "adapter={method: hydralora, rank: 4, targets: [query]}")
            .succeeds()
            .out();
    assertThat(out).contains("hydralora 1|3").doesNotContain("stay equal");
    // A 32 · 4, three B of 32 · 4, and a router of 32 · 3
    assertThat(out).containsPattern("encoder.layer.0.attention.self.query +32 × 32 +yes +4 +608\n");
    assertThat(out).contains(" 1,216 of an adapter");
  }

  @Test
  void aJobThatDoesNotFitTheModelIsWrongUsage() {
    TinyJob job = new TinyJob(folder);
    CliRun.cola("inspect", job.path("job.yaml").toString(), "--set", "adapter.rank=33")
        .failsWith(2, "job.yaml", "rank 33 is above min(in, out) = 32");
  }
}
