package io.github.cola4j.nn.toy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** A kernel provider that no source of ours names trains, where it is forced, and only there. */
class ToyProviderTest {
  private static final Pattern RESULT =
      Pattern.compile("(?m)^loss (\\S+) gemm (\\d+) allocate (\\d+)$");

  @Test
  void aForcedProviderTrains() throws Exception {
    long before = CountingKernelProvider.MULTIPLICATIONS.get();
    double loss = ToyTraining.run();
    assertThat(CountingKernelProvider.MULTIPLICATIONS.get()).isEqualTo(before);

    Matcher forced = trainForced();
    assertThat(Double.parseDouble(forced.group(1))).isCloseTo(loss, Offset.offset(1e-4));
    assertThat(Long.parseLong(forced.group(2))).isPositive();
    assertThat(Long.parseLong(forced.group(3))).isPositive();
  }

  /** The choice is a JVM's, so this is one of its own. */
  private static Matcher trainForced() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("cola.jvm.flags").split(" ", -1)));
    command.addAll(List.of("-Xmx300m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
    command.add("-Dcola.kernels=counting");
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(ToyTraining.class.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    assertThat(out).contains("'counting' forced by -Dcola.kernels");
    Matcher result = RESULT.matcher(out);
    assertThat(result.find()).as(out).isTrue();
    return result;
  }
}
