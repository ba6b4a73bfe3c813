package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CombineCommandTest {
  @TempDir Path other;

  @Test
  void combineMakesOneAdapterOfSeveral() throws IOException {
    TinyJob job = new TinyJob(other);
    job.addPairs();
    job.train().succeeds();
    String adapter = job.path("out/adapters/topic").toString();
    Path sum = other.resolve("sum");
    CliRun made =
        CliRun.cola(
                "combine",
                adapter,
                adapter + "/.",
                "--weights",
                "0.25,0.75",
                "--how",
                "svd",
                "--rank",
                "20",
                "--output",
                sum.toString())
            .succeeds();
    assertThat(made.out()).contains("svd of rank 8", sum.toString());
    String data = job.path("test.jsonl").toString();
    String of = CliRun.cola("evaluate", adapter, "--data", data).succeeds().out();
    String ofSum = CliRun.cola("evaluate", sum.toString(), "--data", data).succeeds().out();
    assertThat(ofSum).isEqualTo(of);
    CliRun.cola(
            "combine",
            adapter,
            job.path("out/adapters/pairs").toString(),
            "--output",
            other.resolve("x").toString())
        .failsWith(1, "tell apart other classes", "[fin, med]", "[no, yes]");
    CliRun.cola("combine", adapter, "--weights", "1,2", "--output", sum + "2")
        .failsWith(2, "--weights has 2 for 1 adapters");
    CliRun.cola("combine", adapter, "--how", "mean", "--output", sum + "2")
        .failsWith(1, "unknown combination 'mean'", "arithmetic, svd, ties, dare");
    CliRun.cola("combine", adapter, "--output", sum.toString()).failsWith(2, "is not empty");
  }
}
