package io.github.cola4j.spark.ml.sweep;

import io.github.cola4j.spark.MultiTaskTrainer;
import io.github.cola4j.spark.PreparedTasks;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.spark.training.TrainingSnapshot;
import io.github.cola4j.train.DivergedException;
import java.util.ArrayList;
import java.util.List;

/** One candidate's training, on a thread of its own. */
final class Candidate implements Runnable {
  private final int number;
  private final MultiTaskTrainer trainer;
  private final PreparedTasks prepared;
  private final Rungs rungs;
  private final Halving halving;
  private final Progress progress = new Progress();
  private final List<Standing> standings = new ArrayList<>();
  private List<TrainedTask> trained; // null where it was dropped, or has diverged
  private String diverged;

  Candidate(
      int number, MultiTaskTrainer trainer, PreparedTasks prepared, Rungs rungs, Halving halving) {
    this.number = number;
    this.trainer = trainer;
    this.prepared = prepared;
    this.rungs = rungs;
    this.halving = halving;
  }

  @Override
  public void run() {
    halving.begin();
    try {
      if (halving.failure() != null) {
        return;
      }
      List<TrainedTask> all = trainer.train(prepared, progress, this::roundDone);
      while (rung() < rungs.choices()) { // all tasks have stopped before
        climb();
      }
      standings.add(standing());
      trained = all;
    } catch (Halving.DroppedException e) {
      trained = null;
    } catch (DivergedException e) {
      diverged = e.getMessage();
      standings.add(standing().diverged());
      halving.diverged(number, standings.size() - 1);
    } catch (Throwable e) { // a SparkException is checked, but Scala does not declare it
      halving.fail(e);
    } finally {
      halving.end();
    }
  }

  /** The rung that it is on. */
  private int rung() {
    return standings.size();
  }

  private Standing standing() {
    return progress.standing(number, rung(), rungs.epochs().get(rung()));
  }

  private void roundDone(TrainingSnapshot after) {
    if (halving.failure() != null) {
      throw new Halving.DroppedException("another candidate has failed");
    }
    while (rung() < rungs.choices() && progress.hasDone(after, rungs, rung())) {
      climb();
    }
  }

  private void climb() {
    int rung = rung();
    Standing standing = standing();
    standings.add(standing);
    halving.climb(number, rung, standing.validationLoss());
    standings.set(rung, standing.kept(true));
  }

  int number() {
    return number;
  }

  List<Standing> standings() {
    return standings;
  }

  List<RoundMetrics> rounds() {
    return progress.all();
  }

  List<TrainedTask> trained() {
    return trained;
  }

  /** Why it has diverged; null if it has not. */
  String diverged() {
    return diverged;
  }

  /** That of the best rounds, which are the model's. */
  double finalLoss() {
    return trained.stream()
        .mapToDouble(task -> task.validation().loss())
        .average()
        .orElse(Double.NaN);
  }

  void win() {
    int last = standings.size() - 1;
    standings.set(last, standings.get(last).kept(true));
  }
}
