package io.github.cola4j.spark.data.row;

import java.io.Serializable;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** What there is of each kind of row; it is added to in place, as a row each would cost. */
public final class RowCounts implements Serializable {
  private static final long serialVersionUID = 1;

  /** Examples whose digests a partition keeps to find equal ones, some 2 MB. */
  static final int MOST_DIGESTS = 10_000;

  public long examples;

  /** Examples by label, of several labels by each; none where they have no labels. */
  public final TreeMap<String, Long> labels = new TreeMap<>();

  public final TreeMap<String, Long> bad = new TreeMap<>();

  /** The first of the bad rows, or null. */
  public BadRow firstBad;

  /** The first row that ended its file, or null. */
  public BadRow fatal;

  /** The first mistake in the job that a file has shown, or null. */
  public String problem;

  /** What a user should know of the files. */
  public final List<String> notices = new ArrayList<>();

  /** Good rows by what there is to remark of them. */
  public final TreeMap<String, Long> remarks = new TreeMap<>();

  /** Examples that equal an earlier one; −1 if they are too many, or in too many places, to say. */
  public long duplicates;

  /** Of the rows of a partition. */
  public static <T extends Serializable> RowCounts of(Iterator<ReadRow<T>> rows, RowRule<T> rule) {
    RowCounts counts = new RowCounts();
    Set<BigInteger> digests = new HashSet<>();
    while (rows.hasNext()) {
      ReadRow<T> row = rows.next();
      counts.add(row, rule);
      if (row.example() != null && counts.examples <= MOST_DIGESTS) {
        digests.add(ExampleDigest.of(row.example()));
      }
    }
    counts.duplicates = counts.examples <= MOST_DIGESTS ? counts.examples - digests.size() : -1;
    return counts;
  }

  private <T extends Serializable> void add(ReadRow<T> row, RowRule<T> rule) {
    if (row.check() != null) {
      problem = problem == null ? row.check().problem() : problem;
      if (row.check().notice() != null) {
        notices.add(row.check().notice());
      }
    } else if (row.example() != null) {
      examples++;
      if (row.remarks() != null) {
        row.remarks().forEach(remark -> remarks.merge(remark, 1L, Long::sum));
      }
      rule.labels(row.example()).forEach(label -> labels.merge(label, 1L, Long::sum));
    } else {
      bad.merge(row.bad().kind(), 1L, Long::sum);
      firstBad = firstBad == null ? row.bad() : firstBad;
      fatal = fatal == null && row.fatal() ? row.bad() : fatal;
    }
  }

  /** Of two parts of a data set, one after the other. */
  public RowCounts plus(RowCounts other) {
    duplicates = examples == 0 ? other.duplicates : other.examples == 0 ? duplicates : -1;
    examples += other.examples;
    other.labels.forEach((label, more) -> labels.merge(label, more, Long::sum));
    other.bad.forEach((kind, more) -> bad.merge(kind, more, Long::sum));
    firstBad = firstBad == null ? other.firstBad : firstBad;
    fatal = fatal == null ? other.fatal : fatal;
    problem = problem == null ? other.problem : problem;
    notices.addAll(other.notices);
    other.remarks.forEach((remark, more) -> remarks.merge(remark, more, Long::sum));
    return this;
  }
}
