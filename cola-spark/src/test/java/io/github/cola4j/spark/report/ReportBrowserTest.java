package io.github.cola4j.spark.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reports in a real browser, at two widths, light and dark, and without JavaScript. */
@Tag("long")
class ReportBrowserTest {
  private static final Path SCRIPT = Path.of("../tools/report_screenshots.py");

  @TempDir Path folder;

  @Test
  void noReportLogsAnErrorOrRequestsAnything() throws IOException, InterruptedException {
    assumeTrue(isOnPath("python3"), "there is no python3 on the PATH");
    assumeTrue(
        Stream.of("chromium", "chromium-browser", "google-chrome")
            .anyMatch(ReportBrowserTest::isOnPath),
        "there is no Chromium on the PATH; apt-get install chromium");
    List<String> command = new ArrayList<>(List.of("python3", SCRIPT.toString()));
    for (RunReport report : SampleReports.all().toList()) {
      Path file = folder.resolve(command.size() + ".html");
      report.write(file);
      command.add("report" + command.size() + "=" + file);
    }
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroy();
    }
    assertThat(process.exitValue()).as(Files.readString(log, UTF_8)).isZero();
  }

  private static boolean isOnPath(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
  }
}
