package io.github.cola4j.examples.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class Dl4jTransferTest {

  @Test
  void adaptersBeatFrozenLayersAndAreStoredWhole() throws IOException {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    List<Dl4jTransfer.Result> results =
        Dl4jTransfer.run(
            1500, 600, 500, 42, new PrintStream(printed, true, StandardCharsets.UTF_8));

    assertThat(results)
        .extracting(Dl4jTransfer.Result::task)
        .containsExactly("verb-domain", "part-of-speech");
    for (Dl4jTransfer.Result result : results) {
      assertThat(result.adapted()).as(result.task()).isGreaterThan(result.frozen());
      assertThat(result.restoredEqual()).isTrue();
      assertThat(printed.toString(StandardCharsets.UTF_8)).contains(result.task());
    }
    assertThat(results.get(1).adapted()).isGreaterThan(results.get(1).frozen() + 0.05);
  }
}
