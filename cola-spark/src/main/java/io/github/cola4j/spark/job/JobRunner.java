package io.github.cola4j.spark.job;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.data.MultipleChoice;
import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.model.Architecture.Purpose;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.generate.EndOfAnswer;
import io.github.cola4j.nn.KernelProviders;
import io.github.cola4j.spark.MultiTaskTrainer;
import io.github.cola4j.spark.averaging.AdapterStructure;
import io.github.cola4j.spark.averaging.AveragingRules;
import io.github.cola4j.spark.concurrent.ConcurrentJobs;
import io.github.cola4j.spark.data.summary.TaskSummary;
import io.github.cola4j.spark.inference.MultipleChoiceEvaluation;
import io.github.cola4j.spark.inference.score.GeneratedAnswers;
import io.github.cola4j.spark.job.output.Inputs;
import io.github.cola4j.spark.job.output.Output;
import io.github.cola4j.spark.job.output.OutputAdapters;
import io.github.cola4j.spark.job.output.WriteFailure;
import io.github.cola4j.spark.job.spec.CheckpointConfig;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import io.github.cola4j.spark.job.spec.TaskSpec;
import io.github.cola4j.spark.memory.MemoryPlan;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.report.RunReport;
import io.github.cola4j.spark.report.SmallValidation;
import io.github.cola4j.spark.storage.Locations;
import io.github.cola4j.spark.track.Tracking;
import io.github.cola4j.spark.training.ResultsFolder;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.RoundTime;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TestedTask;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.spark.training.TrainingListener;
import io.github.cola4j.spark.training.TrainingSnapshot;
import io.github.cola4j.train.Evaluation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Runs a job from its files to its output folder. */
public final class JobRunner {
  private static final JsonMapper MAPPER = new JsonMapper();

  private final SparkSession session;
  private final Job job;
  private final Supplier<BaseModel> base;
  private final boolean storesAdapters;

  /** A runner of one job. */
  public JobRunner(SparkSession session, Job job) {
    this(session, job, () -> load(job), true);
  }

  /**
   * A runner of one of many jobs whose adapters nobody wants.
   *
   * @param model the job's, from {@link #load}
   */
  public static JobRunner withoutAdapters(SparkSession session, Job job, BaseModel model) {
    return new JobRunner(session, job, () -> model, false);
  }

  private JobRunner(
      SparkSession session, Job job, Supplier<BaseModel> base, boolean storesAdapters) {
    this.session = session;
    this.job = StartAdapters.resolved(job);
    this.base = base;
    this.storesAdapters = storesAdapters;
  }

  /**
   * Reads, trains, tests and writes {@code results.json}, {@code metrics.jsonl}, {@code job.yaml},
   * {@code quarantine.jsonl} (if rows were bad), {@code report.html} and {@code adapters/<task>/}.
   *
   * @param overwrite whether the output folder of an earlier job may be replaced
   * @param resumption what is done with checkpoints of an earlier run
   * @param listener is notified of every round and task
   * @param notices is notified of what a user should know of the files
   * @throws InvalidJobException before anything is read, if the job cannot run
   * @throws IllegalArgumentException if model or data are not as they should be
   */
  public JobResult run(
      boolean overwrite,
      Resumption resumption,
      Consumer<RoundMetrics> listener,
      Consumer<String> notices) {
    return run(overwrite, resumption, JobListener.of(listener, notices));
  }

  /** As {@link #run(boolean, Resumption, Consumer, Consumer)}, with all that there is to hear. */
  public JobResult run(boolean overwrite, Resumption resumption, JobListener listener) {
    long start = System.nanoTime();
    String target = job.output();
    Inputs.of(job).requireApart(target);
    if (!resumption.resumes()) {
      Output.requireFree(target, overwrite, Output.JOB_MARKS);
    }
    try (Output output = Output.claim(target, Output.JOB_MARKS)) {
      if (!resumption.resumes()) {
        output.requireFree(overwrite);
      }
      try (JobCheckpoints checkpoints =
          JobCheckpoints.open(
              session.sparkContext().hadoopConfiguration(),
              job,
              storesAdapters ? job.checkpoint() : CheckpointConfig.none(),
              resumption,
              listener)) {
        Optional<JobResult> done =
            resumption.resumes()
                ? FinishedRun.of(job, overwrite, output, checkpoints)
                : Optional.empty();
        if (done.isPresent()) {
          checkpoints.done();
          listener.complete(
              "already complete: the results of this job are in "
                  + target
                  + "; --overwrite trains it from scratch");
          return done.get();
        }
        output.requireFree(overwrite);
        checkpoints.requireAny();
        try (Tracking tracking = Tracking.open(job, listener::progress, listener::warning)) {
          return run(start, output, checkpoints, tracking, listener);
        }
      }
    }
  }

  private JobResult run(
      long start,
      Output output,
      JobCheckpoints checkpoints,
      Tracking tracking,
      JobListener listener) {
    BaseModel model = base.get();
    AdaptedModules modules = requireFit(job, model);
    listener.memory(
        MemoryPlan.of(session.sparkContext(), model, modules, job.passes(), job.tasks().size()));
    Purpose purpose = ModelKind.purpose(job, model.purposes(), model.usual());
    List<String> controls =
        purpose == Purpose.DIALOGUE ? model.textTokenizer().specialTexts() : List.of();
    Job filled = ModelKind.withImages(ModelKind.withPooling(job, model, purpose), model);
    try (JobData data = JobData.read(session, filled, purpose, controls)) {
      Path folder = output.path();
      OutputAdapters adapters = new OutputAdapters(session.sparkContext(), output);
      MultiTaskTrainer trainer =
          new MultiTaskTrainer(
              JavaSparkContext.fromSparkContext(session.sparkContext()),
              model,
              job.adapter(),
              job.training(),
              job.spark(),
              StartAdapters.read(job, model, data.tasks()));
      write(
          () -> {
            JobFile.write(folder.resolve("job.yaml"), filled);
            data.writeBadRows(folder.resolve("quarantine.jsonl"));
            if (storesAdapters) {
              adapters.announce(descriptions(filled, trainer, data, List.of()));
            }
          });
      model.notices().forEach(listener::warning);
      if (purpose == Purpose.DIALOGUE) {
        EndOfAnswer.notice(model, job.prompt()).ifPresent(listener::warning);
      }
      data.notices().forEach(listener::warning);
      SmallValidation.notice(
              data.validationExamples(), purpose == Purpose.CLASSIFICATION, job.spark().metric())
          .ifPresent(listener::warning);
      List<MultipleChoiceEvaluation> choices = choices(data);
      List<Evaluation> before = evaluateChoices(trainer, data, choices, t -> trainer.initial());
      Map<Integer, RoundTime> times = new TreeMap<>(); // the same for all tasks of a round
      List<DataFingerprint> fingerprints =
          storesAdapters
              ? ConcurrentJobs.map(data.tasks(), task -> DataFingerprint.both(task.train()))
              : List.of();
      List<AdapterStore.Description> descriptions =
          descriptions(filled, trainer, data, fingerprints);
      List<TrainedTask> trained =
          train(
              trainer,
              data,
              fingerprints,
              storesAdapters ? adapters.ofExecutors(descriptions) : null,
              folder.resolve(Output.METRICS),
              checkpoints,
              tracking,
              listener,
              round -> times.put(round.round(), round.time()));
      List<Evaluation> after = evaluateChoices(trainer, data, choices, t -> trained.get(t).theta());
      List<GeneratedAnswers> answers =
          GeneratedTests.of(session, job, model, data, trained, listener);
      JobReport.Outcome outcome = test(trainer, data, trained, before, after, answers);
      List<TaskResult> tasks =
          IntStream.range(0, trained.size()).mapToObj(t -> outcome.result(t, data)).toList();
      JobResult result =
          new JobResult(
              tasks,
              trainer.modules().layout().trained(),
              model.transformer().parameters(),
              (System.nanoTime() - start) / 1e9,
              times.values().stream().reduce(RoundTime.ZERO, RoundTime::plus),
              PeakMemory.bytes(),
              KernelProviders.get().of(model.transformer().type()).name(),
              JobResult.computed(job, model));
      write(
          () -> {
            if (storesAdapters) {
              adapters.save(trained, descriptions);
              RunReport report =
                  JobReport.of(
                      job,
                      result,
                      outcome,
                      data,
                      model,
                      fingerprints,
                      folder,
                      session.sparkContext());
              report.write(folder.resolve(RunReport.FILE));
            }
            AtomicFile.writeString(
                folder.resolve(Output.RESULTS),
                MAPPER.writer(SerializationFeature.INDENT_OUTPUT).writeValueAsString(result));
            tracking.results(
                folder,
                taker -> {
                  try (LocalFolder here = LocalFolder.of(adapters.location())) {
                    taker.take(here.path());
                  }
                });
            output.commit();
          });
      tracking.finished();
      checkpoints.done();
      return result;
    }
  }

  private interface Writing {
    void run() throws IOException;
  }

  /** Writes to the output folder; only a full disk is reported as one. */
  private void write(Writing writing) {
    IOException reason;
    try {
      writing.run();
      return;
    } catch (IOException e) {
      reason = e;
    } catch (UncheckedIOException e) {
      reason = e.getCause();
    }
    throw unwritten(reason);
  }

  private UncheckedIOException unwritten(IOException reason) {
    return new UncheckedIOException(
        new IOException(
            String.format(
                "cannot write the results to %s: %s; %s%s",
                job.output(),
                WriteFailure.reason(reason),
                WriteFailure.remedy(reason),
                job.checkpoint().every() > 0 ? ", then continue with --resume" : ""),
            reason));
  }

  /**
   * A job's model, shared by all jobs of this JVM.
   *
   * @throws IllegalArgumentException if it is not there or not as it should be
   */
  public static BaseModel load(Job job) {
    String model = job.model();
    if (!Locations.hasScheme(model) && !Files.exists(Path.of(model))) {
      throw new IllegalArgumentException(
          "model '"
              + model
              + "': there is no such folder; set 'model' in the job file or by --set model=FOLDER");
    }
    return BaseModelCache.load(model, job.weightOptions());
  }

  /**
   * Refuses a job that cannot run on a model, before anything is read.
   *
   * @return the adapted layers
   * @throws InvalidJobException if its adapter, its averaging or its tasks do not fit
   */
  public static AdaptedModules requireFit(Job job, BaseModel model) {
    AdaptedModules modules;
    try {
      model.requireTokenMerging(job.adapter().tokenMerging());
      modules = new AdaptedModules(model.transformer().linears(), job.adapter());
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException("adapter: " + e.getMessage(), e);
    }
    try {
      AveragingRules.requireFit(
          job.spark().averaging(),
          job.spark().scope(),
          job.training(),
          AdapterStructure.of(modules));
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException(e.getMessage(), e);
    }
    Purpose purpose = ModelKind.purpose(job, model.purposes(), model.usual());
    ModelKind.requireFit(job, purpose);
    ModelKind.withImages(ModelKind.withPooling(job, model, purpose), model);
    return modules;
  }

  private List<TrainedTask> train(
      MultiTaskTrainer trainer,
      JobData data,
      List<DataFingerprint> fingerprints,
      ResultsFolder results,
      Path metrics,
      JobCheckpoints checkpoints,
      Tracking tracking,
      JobListener listener,
      Consumer<RoundMetrics> clock) {
    Map<String, String> identity =
        checkpoints.on() ? JobIdentity.of(job, trainer, data.tasks(), fingerprints) : Map.of();
    TrainingSnapshot from = checkpoints.start(identity, metrics);
    tracking.start(metrics.getParent(), trainer);
    TrainingListener training =
        new TrainingListener() {
          @Override
          public void prepared(List<TaskSummary> tasks) {
            listener.data(data.summaries(tasks));
          }

          @Override
          public void accept(RoundMetrics round) {
            write(
                () ->
                    Files.writeString(
                        metrics,
                        MAPPER.writeValueAsString(round) + "\n",
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND));
            clock.accept(round);
            tracking.accept(round);
            listener.accept(round);
          }

          @Override
          public void roundsDone() {
            tracking.roundDone();
          }
        };
    try {
      return trainer.train(data.tasks(), training, from, checkpoints, results);
    } catch (UncheckedIOException e) {
      throw e.getCause() instanceof ResultsFolder.WriteException failed
          ? unwritten(failed.reason())
          : e;
    }
  }

  /** The tasks' questions, those for k-shot prompts and those over the limit left out. */
  private List<MultipleChoiceEvaluation> choices(JobData data) {
    return ConcurrentJobs.map(
        IntStream.range(0, job.tasks().size()).boxed().toList(),
        t -> {
          JavaRDD<MultipleChoice> questions = data.questions().get(t);
          TaskSpec task = job.tasks().get(t);
          return questions == null
              ? null
              : task.choices()
                  .evaluation(task.name(), questions, job.prompt(), job.training().seed());
        });
  }

  private static List<Evaluation> evaluateChoices(
      MultiTaskTrainer trainer,
      JobData data,
      List<MultipleChoiceEvaluation> choices,
      IntFunction<float[]> theta) {
    return trainer.evaluateChoices(data.tasks(), choices, theta);
  }

  private JobReport.Outcome test(
      MultiTaskTrainer trainer,
      JobData data,
      List<TrainedTask> trained,
      List<Evaluation> before,
      List<Evaluation> after,
      List<GeneratedAnswers> answers) {
    List<TaskData<?>> tests = new ArrayList<>();
    List<TrainedTask> of = new ArrayList<>();
    for (int t = 0; t < trained.size(); t++) {
      if (data.tests().get(t) != null) {
        tests.add(data.tests().get(t));
        of.add(trained.get(t));
      }
    }
    int mistakes = job.report().examples() ? JobReport.EXAMPLES : 0;
    Iterator<TestedTask> tested =
        (tests.isEmpty() ? List.<TestedTask>of() : trainer.test(tests, of, mistakes)).iterator();
    List<Double> probes =
        job.baseline() && !tests.isEmpty() ? trainer.probe(data.tasks(), data.tests()) : List.of();
    List<TestedTask> byTask = new ArrayList<>();
    data.tests().forEach(test -> byTask.add(test == null ? null : tested.next()));
    return new JobReport.Outcome(trained, byTask, probes, before, after, answers);
  }

  /** What the adapters are; of data that nobody has counted, without their sum. */
  private static List<AdapterStore.Description> descriptions(
      Job job, MultiTaskTrainer trainer, JobData data, List<DataFingerprint> fingerprints) {
    List<AdapterStore.Description> descriptions = new ArrayList<>();
    for (int t = 0; t < data.tasks().size(); t++) {
      AdapterStore.Description plain = trainer.describe(data.tasks().get(t));
      AdapterStore.Description known =
          plain
              .withModel(job.model())
              .withColumns(job.tasks().get(t).columnsByRole(plain.isLanguageModel()));
      descriptions.add(fingerprints.isEmpty() ? known : known.withData(fingerprints.get(t).sum()));
    }
    return descriptions;
  }
}
