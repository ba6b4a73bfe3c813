package io.github.cola4j.examples;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What Spark's own event log says of executors, also while the application runs.
 *
 * @param folder that holds the log of one application
 */
record EventLog(Path folder) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern TRAINING = Pattern.compile("round (\\d+): training .*");

  /** Spark's configuration that writes it. */
  List<String> conf() {
    return List.of(
        "spark.eventLog.enabled=true",
        "spark.eventLog.dir=" + folder.toUri(),
        "spark.eventLog.rolling.enabled=false",
        "spark.eventLog.compress=false");
  }

  /** By round, the executors that have ended a task of its training well. */
  TreeMap<Integer, TreeSet<String>> trainers() {
    Map<Integer, Integer> roundOfStage = new HashMap<>();
    TreeMap<Integer, TreeSet<String>> executors = new TreeMap<>();
    for (JsonNode event : events()) {
      if (event.path("Event").asText().equals("SparkListenerJobStart")) {
        Matcher round =
            TRAINING.matcher(event.path("Properties").path("spark.job.description").asText());
        if (round.matches()) {
          event
              .path("Stage IDs")
              .forEach(id -> roundOfStage.put(id.asInt(), Integer.valueOf(round.group(1))));
        }
      } else if (endsWell(event) && roundOfStage.containsKey(event.path("Stage ID").asInt())) {
        executors
            .computeIfAbsent(
                roundOfStage.get(event.path("Stage ID").asInt()), round -> new TreeSet<>())
            .add(event.path("Task Info").path("Executor ID").asText());
      }
    }
    return executors;
  }

  /** How many executors there were, from one change to the next, until the last task ended. */
  List<Integer> executorCounts() {
    List<Integer> counts = new ArrayList<>();
    List<Integer> untilLastTask = List.of();
    int count = 0;
    for (JsonNode event : events()) {
      String name = event.path("Event").asText();
      if (name.equals("SparkListenerExecutorAdded")) {
        counts.add(++count);
      } else if (name.equals("SparkListenerExecutorRemoved")) {
        counts.add(--count);
      } else if (endsWell(event)) {
        untilLastTask = List.copyOf(counts);
      }
    }
    return untilLastTask;
  }

  private static boolean endsWell(JsonNode event) {
    return event.path("Event").asText().equals("SparkListenerTaskEnd")
        && event.path("Task End Reason").path("Reason").asText().equals("Success");
  }

  private List<JsonNode> events() {
    try (Stream<Path> files = Files.list(folder)) {
      List<JsonNode> events = new ArrayList<>();
      for (Path file : files.filter(f -> !f.getFileName().toString().startsWith(".")).toList()) {
        String text = Files.readString(file);
        // the last line may be half written
        for (String line : text.substring(0, text.lastIndexOf('\n') + 1).split("\n", -1)) {
          if (!line.isBlank()) {
            events.add(JSON.readTree(line));
          }
        }
      }
      return events;
    } catch (NoSuchFileException renamedAtTheEnd) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
