package io.github.cola4j.spark.ml.fit;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.training.RoundMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What each round of a fit did, those before it was interrupted as well. */
final class FitRounds implements Consumer<RoundMetrics> {
  private static final JsonMapper MAPPER = new JsonMapper();

  private final Consumer<RoundMetrics> listener;
  private final List<RoundMetrics> rounds = new ArrayList<>();

  FitRounds(Consumer<RoundMetrics> listener) {
    this.listener = listener;
  }

  @Override
  public void accept(RoundMetrics round) {
    rounds.add(round);
    listener.accept(round);
  }

  List<RoundMetrics> all() {
    return List.copyOf(rounds);
  }

  /** Writes them to a file. */
  void save(Path file) throws IOException {
    List<String> lines = new ArrayList<>();
    for (RoundMetrics round : rounds) {
      lines.add(MAPPER.writeValueAsString(round));
    }
    Files.write(file, lines, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
  }

  /** Takes up those of a file. */
  void restore(Path file) throws IOException {
    try (MappingIterator<RoundMetrics> lines =
        MAPPER.readerFor(RoundMetrics.class).readValues(file.toFile())) {
      rounds.addAll(lines.readAll());
    }
  }
}
