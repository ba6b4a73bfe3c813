package io.github.cola4j.spark.job.spec;

import io.github.cola4j.model.generate.Sampling;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Objects;

/**
 * How the test dialogues of a language-model task are answered after training, to compare the
 * answers with those of the data. The likeliest token is taken at each step.
 *
 * @param maxNewTokens tokens of an answer at most
 * @param stop texts that end an answer, and are not part of it
 */
@RecordBuilder
public record GenerateSpec(Integer maxNewTokens, List<String> stop)
    implements GenerateSpecBuilder.With {

  /** Fills in defaults and checks every value. */
  public GenerateSpec {
    if (stop != null && stop.stream().anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException("'generate.stop' has an empty entry; fill or remove it");
    }
    Sampling sampling;
    try {
      sampling = new Sampling(maxNewTokens, null, null, null, stop, null);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("'generate': " + e.getMessage(), e);
    }
    maxNewTokens = sampling.maxNewTokens();
    stop = sampling.stop();
  }

  /** How the next token is chosen. */
  public Sampling sampling() {
    return Sampling.greedy(maxNewTokens).withStop(stop);
  }
}
