"""Results to files: HTML, figures, tables, manifest. No computation; `format` is the only file that rounds."""

from y90outcomes.report.write import check_folder, write_report

__all__ = ["check_folder", "write_report"]
