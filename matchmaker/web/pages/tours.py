"""The tour of each role: five steps through its main day, read-only, as page and as dialog."""

from dataclasses import dataclass

from matchmaker.models.account import Role
from matchmaker.web import navigation
from matchmaker.web.navigation import Place


@dataclass(frozen=True)
class Step:
    """One step: what is done there and the page it is done on."""

    title: str
    text: str
    place: Place | None = None


_NOTICES = Step(
    "收到通知，知道进展",
    "审核结果、引荐、留言和到期提醒都在右上角的铃铛里；在“通知设置”里可以选择同时发到邮箱或企业微信、钉钉、飞书群。",
    navigation.NOTICES,
)

TOURS: dict[Role, tuple[Step, ...]] = {
    Role.ENTERPRISE: (
        Step(
            "先看工作台",
            "登录后第一页列出要您处理的事：被退回的需求、等您答复的引荐、快到期的记录。处理完就从列表里消失。",
            navigation.WORKPLACE,
        ),
        Step(
            "五分钟发布一条需求",
            "先填名称、要解决的问题和指标，其余可以以后再补。表单自动保存为草稿，提交前能看到相近的需求和可能对口的成果。",
            navigation.POST_NEED,
        ),
        Step(
            "决定谁能看到什么",
            "每一项都可以设为公开、仅认证经纪人或仅对接双方；联系方式从不公开。提交前可以用“别人看到的样子”核对。",
            navigation.MY_NEEDS,
        ),
        Step(
            "答复引荐",
            "经纪人引荐的成果在“对接”里：看推荐理由，选择同意或谢绝并说明原因。双方都同意后才互相看到联系方式。",
            navigation.CARRIED,
        ),
        _NOTICES,
    ),
    Role.INSTITUTION: (
        Step(
            "先看工作台",
            "第一页列出被退回的成果、等您答复的引荐、快到期的记录和新的推荐需求。",
            navigation.WORKPLACE,
        ),
        Step(
            "发布一项成果",
            "写清解决什么问题、达到什么指标、做到什么阶段，推荐才会准。发布与成果登记是两件事，登记号可以以后再填。",
            navigation.POST_ACHIEVEMENT,
        ),
        Step(
            "用表格批量导入",
            "下载模板、上传、核对列和错误、再导入；导入错了可以整批撤销。",
            navigation.IMPORTS,
        ),
        Step(
            "答复引荐",
            "企业方向您的成果提出对接时，在“对接”里同意或谢绝并说明原因；双方都同意后才互相看到联系方式。",
            navigation.CARRIED,
        ),
        _NOTICES,
    ),
    Role.COMMISSIONER: (
        Step("先看工作台", "第一页列出您代企业填报的需求走到了哪一步。", navigation.WORKPLACE),
        Step(
            "代企业填报需求",
            "在企业现场用手机就能填：先写问题和指标，草稿自动保存，回来再补。",
            navigation.POST_NEED,
        ),
        Step("跟踪填报的需求", "“我的需求”按状态列出全部填报；被退回的会写明原因。", navigation.MY_NEEDS),
        Step(
            "替企业找成果",
            "用一句话检索成果，或打开需求页面看推荐成果和逐项理由。",
            navigation.ACHIEVEMENTS,
        ),
        _NOTICES,
    ),
    Role.BROKER: (
        Step(
            "先看工作台",
            "第一页按紧急程度列出：到期的下一步、待引荐的、等答复的、要跟进的，以及您熟悉领域的新需求。",
            navigation.WORKPLACE,
        ),
        Step(
            "检索并订阅",
            "在需求或成果里用筛选条件缩小范围，保存为检索订阅，有新记录会提醒。",
            navigation.SAVED_SEARCHES,
        ),
        Step(
            "收藏与比较",
            "看到合适的先收藏，再把几条并排比较。",
            navigation.SHORTLIST,
        ),
        Step(
            "承办一次对接",
            "在需求页面的推荐成果上点承办，平台记下承办时间；随后引荐双方、记录进展、写下一步和日期。",
            navigation.CARRIED,
        ),
        Step(
            "签约后跟进",
            "签约后 30、90、180 天各跟进一次；经纪人业绩由这些记录自动计算。",
            navigation.SCORECARDS,
        ),
    ),
    Role.BROKERAGE_ADMINISTRATOR: (
        Step("先看工作台", "第一页列出本机构经纪人到期的下一步、在办对接和缺证书的人员。", navigation.WORKPLACE),
        Step("管理成员", "邀请经纪人加入，离开时在这里办理；一位经纪人同时只在一家机构执业。", navigation.MEMBERS),
        Step("分派对接", "打开一个对接，可以把它分派给本机构的经纪人。", navigation.CARRIED),
        Step("找需求和成果", "您与本机构经纪人看到同样的内容。", navigation.NEEDS),
        Step("看经纪人业绩", "引荐、签约和跟进的数字由对接记录自动计算。", navigation.SCORECARDS),
    ),
    Role.DISTRICT_OFFICIAL: (
        Step(
            "先看工作台", "第一页列出本辖区待审核的、没人承办的、长期没有进展的，以及到期情况。", navigation.WORKPLACE
        ),
        Step(
            "审核需求和成果",
            "打开一条，通过、退回并写明原因，或与重复的合并。通过后内容锁定，以后的修改另成一个版本。",
            navigation.REVIEW,
        ),
        Step("组织征集批次", "设定起止日期，按县市区和产业看征集数量。", navigation.CAMPAIGNS),
        Step("督促对接", "查看辖区的对接走到哪一步，必要时分派经纪人。", navigation.CARRIED),
        Step("查操作记录", "谁在什么时候改了什么、查阅了未公开内容，都有记录。", navigation.AUDIT),
    ),
    Role.CITY_OFFICIAL: (
        Step(
            "先看工作台",
            "第一页列出全市待审核的、没人承办的、长期没有进展的，以及没有动静的县市区。",
            navigation.WORKPLACE,
        ),
        Step(
            "审核需求和成果",
            "打开一条，通过、退回并写明原因，或与重复的合并。通过后内容锁定，以后的修改另成一个版本。",
            navigation.REVIEW,
        ),
        Step("组织征集批次", "设定起止日期，按县市区和产业看征集数量。", navigation.CAMPAIGNS),
        Step("管理账号", "邀请单位、经纪人和县市区科技局的人员，停用离开的账号。", navigation.ACCOUNTS),
        Step("查操作记录", "谁在什么时候改了什么、查阅了未公开内容，都有记录。", navigation.AUDIT),
    ),
    Role.ADMINISTRATOR: (
        Step("先看工作台", "第一页列出检索索引、通知发送、两步验证和登录失败的情况。", navigation.WORKPLACE),
        Step("管理账号", "为市科技局的人员建立账号，停用离开的账号，重置密码。", navigation.ACCOUNTS),
        Step("导入基础数据", "用模板批量导入企业、院所、需求和成果；导入错了可以整批撤销。", navigation.IMPORTS),
        Step("查操作记录", "记录逐条相连，事后改动会被发现。", navigation.AUDIT),
        Step("保护好自己的账号", "在“账号”里启用两步验证，检查在哪些设备上登录过。", navigation.ACCOUNT),
    ),
}
