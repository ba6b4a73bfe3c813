package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VisibleStreamTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final Exception thrown =
      new RejectedExecutionException("Task rejected", new IllegalStateException());

  private VisibleStream stream(boolean traces) {
    return new VisibleStream(new PrintStream(bytes, true, Charset.defaultCharset()), traces);
  }

  private String printed() {
    return bytes.toString(Charset.defaultCharset());
  }

  @Test
  void whatIsThrownIsSaidWithoutFramesAndNotAtAllOnceStopped() {
    VisibleStream stream = stream(false);
    thrown.printStackTrace(stream);
    assertThat(printed().lines())
        .containsExactly(
            "java.util.concurrent.RejectedExecutionException: Task rejected",
            "Caused by: java.lang.IllegalStateException");
    bytes.reset();
    stream.stop();
    thrown.printStackTrace(stream);
    stream.println("stopped by SIGTERM in round 3: java.lang.Error");
    assertThat(printed().lines()).containsExactly("stopped by SIGTERM in round 3: java.lang.Error");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void tracesAreThereIfTheyAreAskedFor(boolean isStopped) {
    VisibleStream stream = stream(true);
    if (isStopped) {
      stream.stop();
    }
    thrown.printStackTrace(stream);
    assertThat(printed()).contains("Task rejected", "\tat " + getClass().getName(), "Caused by: ");
  }
}
