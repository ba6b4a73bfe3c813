package io.github.cola4j.spark.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.spark.claim.ProcessIdentity.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClaimTest {
  @TempDir Path folder;

  @Test
  void aProcessIsAliveUntilItEndsWhoeverGetsItsNumber() throws Exception {
    ProcessIdentity self = ProcessIdentity.self();
    assertThat(self.state()).isEqualTo(State.ALIVE);
    assertThat(ProcessIdentity.parse(self.toString())).contains(self);
    assertThat(self.pid()).isEqualTo(ProcessHandle.current().pid());
    // another process has the number now
    assertThat(with(self, self.pid(), self.start() - 1).state()).isEqualTo(State.DEAD);

    Process process = new ProcessBuilder("sleep", "60").start();
    long start = startOf(process.pid());
    ProcessIdentity other = with(self, process.pid(), start);
    assertThat(other.state()).isEqualTo(State.ALIVE);
    process.destroyForcibly().waitFor();
    assertThat(other.state()).isEqualTo(State.DEAD);
  }

  private static ProcessIdentity with(ProcessIdentity self, long pid, long start) {
    return new ProcessIdentity(self.host(), pid, start, self.boot(), self.space());
  }

  private static long startOf(long pid) throws IOException {
    String line = Files.readString(Path.of("/proc/" + pid + "/stat"));
    return Long.parseLong(line.substring(line.lastIndexOf(')') + 2).split(" ", -1)[19]);
  }

  @Test
  void aProcessThatNobodyHasWaitedForHasEnded() throws Exception {
    // the shell's child ends, and the shell, now another program, never waits for it
    Process shell = new ProcessBuilder("sh", "-c", "sleep 0.3 & echo $!; exec sleep 60").start();
    try (var lines = shell.inputReader()) {
      long pid = Long.parseLong(lines.readLine());
      Path status = Path.of("/proc/" + pid + "/stat");
      while (!Files.readString(status).contains(") Z ")) {
        Thread.sleep(5);
      }
      assertThat(with(ProcessIdentity.self(), pid, startOf(pid)).state()).isEqualTo(State.DEAD);
    } finally {
      shell.destroyForcibly();
    }
  }

  @Test
  void whereOneCannotLookNothingIsKnown() {
    ProcessIdentity self = ProcessIdentity.self();
    String boot = self.boot().equals("12345678") ? "12345679" : "12345678";
    assertThat(of("another-host", self.boot(), self.space()).state()).isEqualTo(State.ELSEWHERE);
    assertThat(of(self.host(), self.boot(), self.space() + 1).state()).isEqualTo(State.ELSEWHERE);
    // the machine has been started again, but for one that may be any
    assertThat(of("localhost", boot, self.space()).state()).isEqualTo(State.ELSEWHERE);
    assertThat(of(self.host(), boot, self.space()).state())
        .isEqualTo(self.host().startsWith("localhost") ? State.ELSEWHERE : State.DEAD);
  }

  private static ProcessIdentity of(String host, String boot, long space) {
    return new ProcessIdentity(host, 1, 1, boot, space);
  }

  @Test
  void namesThatAreNotOursAreNone() {
    String own = ProcessIdentity.self() + "-0123abcd";
    assertThat(Claim.owner(own)).contains(ProcessIdentity.self());
    for (String name :
        List.of("", "x", own + "x", own.substring(1, 3), "a/" + own, own.replace('-', '_'))) {
      assertThat(Claim.owner(name)).as(name).isEmpty();
    }
  }

  @Test
  void ofThoseThatBeginTogetherOneGetsIt() throws Exception {
    Path target = folder.resolve("out");
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (int round = 0; round < 5; round++) {
        CyclicBarrier barrier = new CyclicBarrier(2);
        Callable<ClaimedFolder> claiming =
            () -> {
              barrier.await();
              try {
                return ClaimedFolder.of(target);
              } catch (ClaimedException e) {
                assertThat(e)
                    .hasMessageContaining("another run writes to it, process ")
                    .hasMessageContaining(", since 20");
                return null;
              }
            };
        List<ClaimedFolder> taken = new ArrayList<>();
        for (Future<ClaimedFolder> one : threads.invokeAll(List.of(claiming, claiming))) {
          if (one.get() != null) {
            taken.add(one.get());
          }
        }
        assertThat(taken).hasSize(1);
        assertThat(folder).isDirectoryContaining(taken.get(0).path()::equals);
        taken.get(0).close();
        assertThat(folder).isEmptyDirectory();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void whatADeadOneLeftIsFoundAndWhereNothingCanBeMadeIsSaid() throws IOException {
    Path target = folder.resolve("out");
    String dead = EndedProcess.entry();
    Files.createDirectory(folder.resolve("out.running-" + dead));
    try (ClaimedFolder claimed = ClaimedFolder.of(target)) {
      assertThat(claimed.left()).containsExactly(dead);
      claimed.deleteLeft();
      assertThat(folder).isDirectoryContaining(claimed.path()::equals);
    }
    assertThat(folder).isEmptyDirectory();
    assertThatThrownBy(() -> ClaimedFolder.of(folder.resolve("no/out")))
        .isInstanceOf(IOException.class);
  }
}
