package io.github.cola4j.spark.job.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.spark.checkpoint.FaultyFileSystem;
import io.github.cola4j.spark.claim.EndedProcess;
import io.github.cola4j.spark.claim.ProcessIdentity;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** By {@code file:} folders are renamed at once; {@code faulty:} is taken for an object store. */
class RemoteFolderTest {
  private static final List<String> MARKS = List.of("results.json", "metrics.jsonl");
  private static final String SETTING = "spark.hadoop.fs.faulty.impl";
  private static final String BYTES = "spark.hadoop.faulty.bytes";

  @TempDir Path folder;

  @BeforeEach
  void addFileSystem() {
    System.setProperty(SETTING, FaultyFileSystem.class.getName());
    System.setProperty(SETTING + ".disable.cache", "true");
  }

  @AfterEach
  void removeFileSystem() {
    System.clearProperty(SETTING);
    System.clearProperty(SETTING + ".disable.cache");
    System.clearProperty(BYTES);
  }

  private String uri(String scheme) {
    return scheme + "://" + folder.resolve("out");
  }

  private List<String> names() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  private static void write(Path folder, String content) throws IOException {
    Path adapter = Files.createDirectories(folder.resolve("adapters/topic"));
    Files.writeString(adapter.resolve("adapter.json"), content);
    Files.writeString(adapter.resolve("adapter.safetensors"), content);
    Files.writeString(folder.resolve("metrics.jsonl"), content);
    Files.writeString(folder.resolve("results.json"), content);
  }

  private void publish(String scheme, String content) throws IOException {
    try (RemoteFolder output = RemoteFolder.claim(uri(scheme), MARKS)) {
      write(output.path(), content);
      output.commit();
    }
  }

  private void assertResult(String content) throws IOException {
    assertThat(names())
        .containsExactly(
            "out/adapters/topic/adapter.json",
            "out/adapters/topic/adapter.safetensors",
            "out/metrics.jsonl",
            "out/results.json");
    assertThat(folder.resolve("out/results.json")).hasContent(content);
    assertThat(folder.resolve("out/adapters/topic/adapter.safetensors")).hasContent(content);
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "faulty"})
  void appearsWhenItIsCommittedAndLeavesNothingElse(String scheme) throws IOException {
    Path staged;
    try (RemoteFolder output = RemoteFolder.claim(uri(scheme), MARKS)) {
      staged = output.path();
      write(staged, "given up");
      assertThat(names()).singleElement().asString().startsWith("out.running-");
      assertThatThrownBy(() -> RemoteFolder.claim(uri(scheme), MARKS))
          .isInstanceOf(InvalidJobException.class)
          .hasMessageContaining("another run writes to it, process ");
    }
    assertThat(names()).isEmpty();
    assertThat(staged).doesNotExist();
    publish(scheme, "first");
    assertResult("first");
    publish(scheme, "second");
    assertResult("second");
    assertThatThrownBy(() -> RemoteFolder.requireFree(uri(scheme), false, MARKS))
        .hasMessageContaining("is not empty; name another folder, or allow --overwrite");
    RemoteFolder.requireFree(uri(scheme), true, MARKS);
    Files.delete(folder.resolve("out/results.json"));
    assertThatThrownBy(() -> RemoteFolder.requireFree(uri(scheme), true, MARKS))
        .hasMessageContaining("is not empty and has no results.json");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "faulty"})
  void whatExecutorsWroteComesToIt(String scheme) throws IOException {
    for (String content : List.of("first", "second")) {
      try (RemoteFolder output = RemoteFolder.claim(uri(scheme), MARKS)) {
        Path shared = Path.of(java.net.URI.create(output.shared()).getPath());
        Files.writeString(Files.createDirectory(shared).resolve("part"), content);
        write(output.path(), content);
        output.commit();
      }
      assertThat(names())
          .contains("out/part", "out/results.json")
          .allMatch(n -> n.startsWith("out/"));
      assertThat(folder.resolve("out/part")).hasContent(content);
    }
  }

  @Test
  void whatKilledRunsLeftIsNoResult() throws IOException {
    String dead = EndedProcess.entry();
    write(Files.createDirectory(folder.resolve("out")), "in part");
    Files.delete(folder.resolve("out/results.json"));
    Files.createFile(folder.resolve("out.partial-" + dead));
    Files.createFile(folder.resolve("out.running-" + dead));
    write(Files.createDirectory(folder.resolve("out.new-" + dead)), "moved in part");
    RemoteFolder.requireFree(uri("faulty"), false, MARKS); // whoever claims it tidies up
    RemoteFolder.claim(uri("faulty"), MARKS).close();
    assertThat(names()).isEmpty();

    publish("faulty", "complete");
    Files.createFile(folder.resolve("out.partial-" + dead)); // it was killed after the last file
    RemoteFolder.claim(uri("faulty"), MARKS).close();
    assertResult("complete");
  }

  @Test
  void whatAKilledRunBeganToReplaceIsFinished() throws IOException {
    String dead = EndedProcess.entry();
    write(Files.createDirectory(folder.resolve("out.old-" + dead)), "old");
    write(Files.createDirectory(folder.resolve("out.new-" + dead)), "new");
    RemoteFolder.claim(uri("file"), MARKS).close();
    assertResult("new");

    Files.move(folder.resolve("out"), folder.resolve("out.old-" + dead));
    Files.createDirectory(folder.resolve("out.new-" + dead)); // not complete
    RemoteFolder.claim(uri("file"), MARKS).close();
    assertResult("new");
  }

  @Test
  void aFailureLeavesWhatWasThere() throws IOException {
    System.setProperty(BYTES, "10");
    assertThatThrownBy(() -> publish("faulty", "too long for it"))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("cannot write faulty:" + folder + "/out: No space left on device");
    assertThat(names()).isEmpty();
    System.clearProperty(BYTES);
    publish("faulty", "old");
    System.setProperty(BYTES, "10");
    assertThatThrownBy(() -> publish("faulty", "too long for it")).hasMessageContaining("No space");
    assertResult("old");
  }

  @Test
  void aRunOnAnotherMachineIsNotTakenOver() throws IOException {
    ProcessIdentity self = ProcessIdentity.self();
    String other =
        new ProcessIdentity("other", 7, self.start(), self.boot(), self.space())
            + "-692ac80001234567";
    Path entry = Files.createFile(folder.resolve("out.running-" + other));
    assertThatThrownBy(() -> RemoteFolder.claim(uri("faulty"), MARKS))
        .hasMessageContaining("a run on another machine or in another container has it")
        .hasMessageContaining("process 7 on other, since 2025-11-29T")
        .hasMessageContaining("delete faulty:" + entry);
    assertThat(entry).exists();
    assertThat(names()).hasSize(1);
  }

  @Test
  void aRunWhoseClaimWasDeletedDoesNotPublish() throws IOException {
    try (RemoteFolder output = RemoteFolder.claim(uri("faulty"), MARKS)) {
      write(output.path(), "mine");
      Files.delete(folder.resolve(names().get(0)));
      assertThatThrownBy(output::commit).hasMessageContaining("was deleted, so another run may");
    }
    assertThat(names()).isEmpty();
  }
}
