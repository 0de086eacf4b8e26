"""The national form as a workbook, for typing it into the registry's system or handing it in."""

from io import BytesIO

import xlsxwriter
from sqlmodel import Session

from matchmaker.contracts.files import files_of
from matchmaker.models.contract import TechnologyContract
from matchmaker.precheck.form_fields import NO_NUMBER, form_sections
from matchmaker.visibility import CITY_TIME, today


def national_form(session: Session, contract: TechnologyContract) -> bytes:
    """An xlsx of two sheets: 技术合同登记表 (amounts are numbers in yuan) and 附件清单 with the digests of the papers.

    Text stays text: never a formula, never a link.
    """
    written = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(written, options) as book:
        _form_sheet(book, contract)
        _papers_sheet(book, session, contract)
    return written.getvalue()


def _form_sheet(book: xlsxwriter.Workbook, contract: TechnologyContract) -> None:
    sheet = book.add_worksheet("技术合同登记表")
    title = book.add_format({"bold": True, "font_size": 14})
    heading = book.add_format({"bold": True, "bg_color": "#DDE7F0", "border": 1})
    label = book.add_format({"border": 1, "valign": "top"})
    text = book.add_format({"border": 1, "valign": "top", "text_wrap": True, "align": "left"})
    amount = book.add_format({"border": 1, "num_format": "#,##0.00", "align": "left"})
    sheet.write_string(0, 0, "技术合同登记表（预填）", title)
    sheet.write_string(1, 0, f"{NO_NUMBER}；本表由对接平台按台账预填，{today().isoformat()} 导出，以登记机构的系统为准")
    line = 3
    for section in form_sections(contract):
        for column, words in enumerate((section.title, "内容", "代码")):
            sheet.write_string(line, column, words, heading)
        for one in section.fields:
            line += 1
            sheet.write_string(line, 0, one.label, label)
            if one.amount is None:
                sheet.write_string(line, 1, one.text, text)
            else:
                sheet.write_number(line, 1, float(one.amount), amount)
            sheet.write_string(line, 2, one.code, text)
        line += 2
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 70)
    sheet.set_column(2, 2, 16)
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)


def _papers_sheet(book: xlsxwriter.Workbook, session: Session, contract: TechnologyContract) -> None:
    sheet = book.add_worksheet("附件清单")
    heading = book.add_format({"bold": True, "bg_color": "#DDE7F0", "border": 1})
    for column, words in enumerate(("材料", "文件名", "大小（字节）", "上传时间", "SHA-256")):
        sheet.write_string(0, column, words, heading)
    for line, file in enumerate(files_of(session, contract), start=1):
        sheet.write_string(line, 0, file.paper.label)
        sheet.write_string(line, 1, file.name)
        sheet.write_number(line, 2, file.size)
        sheet.write_string(line, 3, file.uploaded_at.astimezone(CITY_TIME).strftime("%Y-%m-%d %H:%M"))
        sheet.write_string(line, 4, file.sha256)
    for column, width in enumerate((22, 48, 14, 18, 68)):
        sheet.set_column(column, column, width)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
