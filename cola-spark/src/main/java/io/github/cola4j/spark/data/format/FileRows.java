package io.github.cola4j.spark.data.format;

import io.github.cola4j.spark.data.file.DamagedFileException;
import io.github.cola4j.spark.data.file.DataFile;
import io.github.cola4j.spark.data.file.FolderColumns;
import io.github.cola4j.spark.data.row.FileCheck;
import io.github.cola4j.spark.data.row.FolderRule;
import io.github.cola4j.spark.data.row.ReadRow;
import io.github.cola4j.spark.data.row.RowRule;
import io.github.cola4j.spark.data.row.RowSource;
import io.github.cola4j.spark.data.row.UndamagedRows;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;

/** Reads on an executor the files that are read one by one. */
record FileRows<T extends Serializable>(
    RowFormats formats, String task, CsvConfig csv, RowRule<T> rule) implements Serializable {

  /** The rows of several files, which are opened one after the other. */
  Iterator<ReadRow<T>> read(List<DataFile> files, Configuration conf) throws IOException {
    if (files.size() == 1) {
      return read(files.get(0), conf);
    }
    Iterator<DataFile> left = files.iterator();
    return new Iterator<>() {
      private Iterator<ReadRow<T>> open = Collections.emptyIterator();

      @Override
      public boolean hasNext() {
        while (!open.hasNext() && left.hasNext()) {
          try {
            open = read(left.next(), conf);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
        return open.hasNext();
      }

      @Override
      public ReadRow<T> next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return open.next();
      }
    };
  }

  /** What a look at a file has found, if anything, and its rows unless that is a mistake. */
  private Iterator<ReadRow<T>> read(DataFile file, Configuration conf) throws IOException {
    RowFormat.ByFile format = (RowFormat.ByFile) formats.byEnding().get(file.ending());
    try {
      Map<String, String> folders = FolderColumns.of(file.path());
      RowFormat.Input<T> input = new RowFormat.Input<>(task, file, csv, rule, conf);
      if (!folders.isEmpty()) {
        RowRule<T> all = FolderRule.of(rule, folders, format.columns(input));
        input = new RowFormat.Input<>(task, file, csv, all, conf);
      }
      FileCheck check = format.check(input);
      ReadRow<T> first = check.isSilent() ? null : ReadRow.of(check);
      return check.problem() == null
          ? RowSource.iterate(first, new UndamagedRows<>(task, format.open(input)))
          : List.of(first).iterator();
    } catch (IOException | RuntimeException e) {
      DamagedFileException damage = DamagedFileException.in(e);
      if (damage == null) {
        throw e;
      }
      return List.of(UndamagedRows.<T>problem(task, damage)).iterator();
    }
  }
}
