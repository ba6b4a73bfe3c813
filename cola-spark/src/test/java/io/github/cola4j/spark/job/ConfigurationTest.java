package io.github.cola4j.spark.job;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.spark.job.spec.JobFile;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every bounded number of a job file, just outside its bounds: the message names the key. */
class ConfigurationTest {
  @ParameterizedTest
  @CsvSource({
    "adapter.a, 0",
    "adapter.b, 0",
    "adapter.rank, 0",
    "adapter.alpha, 0",
    "adapter.dropout, -0.1",
    "adapter.dropout, 1",
    "training.epochs, 0",
    "training.batchSize, 0",
    "training.accumulation, 0",
    "training.maxTokens, 0",
    "training.maxLength, 0",
    "training.optimizer.learningRate, -1",
    "training.optimizer.bRatio, -1",
    "training.optimizer.headLearningRate, -1",
    "training.optimizer.weightDecay, -1",
    "training.optimizer.clipNorm, -1",
    "training.optimizer.beta1, 1",
    "training.optimizer.beta2, -1",
    "training.optimizer.eps, 0",
    "training.schedule.warmup, -1",
    "training.schedule.name, x",
    "spark.examplesPerShard, 0",
    "spark.localSteps, -1",
    "spark.patience, -1",
    "spark.metric, x",
    "spark.temperature, 0",
    "spark.temperature, .inf",
    "spark.skew, -1",
    "spark.averaging.rule, x",
    "spark.averaging.lambda, 0",
    "spark.averaging.outer.learningRate, 0",
    "spark.averaging.outer.momentum, 1",
    "data.maxBadRows, -1",
    "data.duplicates, x",
    "adapter.pairing, x",
    "adapter.init, x"
  })
  void namesTheKeyAndTheValue(String key, String value) {
    String name = key.substring(key.lastIndexOf('.') + 1);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                JobFile.parse(
                    "tasks: {name: t, train: a}\noutput: out",
                    "job.yaml",
                    List.of(key + "=" + value)))
        .withMessageContaining(key.substring(0, key.lastIndexOf('.')))
        .withMessageMatching(".*\\b" + name + "\\b.*" + value + ".*");
  }
}
