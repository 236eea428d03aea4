/** What errors about contracts, grants and operators say, in Chinese. */
import type { Phrase } from '../errors/phrase-book.ts';

const configuration: readonly Phrase[] = [
  ['another entry has this id', '另一条目已有此 id'],
  ['another operator has this name', '另一操作员已有此名称'],
  ['another operator has this key', '另一操作员已有此密钥'],
  ['a signed question says who may ask', '签署制的查询须写明谁可查询'],
  ['names of institutions', '机构名称'],
  ['this asker is named twice', '该查询方写了两次'],
  ['uses are counted by the id of the entry', '使用次数按条目的 id 统计'],
  ['it is none of who may ask this question', '它不在该查询的可查询方之列'],
  ['the key that operator add wrote', '由 operator add 写入的密钥'],
  ['at least one operator', '至少一位操作员'],
  ['at most 1000 operators', '至多 1000 位操作员'],
];

const files: readonly Phrase[] = [
  ['its terms are no plain data', '其条款不是普通数据'],
  ['it has more than {1} pairs of who asks and who answers', '查询方与回答方的组合多于 {1} 对'],
  ['make several questions of it', '请分成多个查询'],
  ['it is no contract of this version', '它不是本版本的合同'],
  ["its line '{1}' is not as it may be", "其 '{1}' 一行不符合规定"],
  [
    'ask who sent it for the file as blindflag wrote it; compare the versions of the software',
    '请向发送方索取 blindflag 写出的原文件，并核对软件版本',
  ],
  ['it is not in its canonical form', '它不是规范形式'],
  ['take the file as blindflag wrote it; an editor has changed it', '请使用 blindflag 写出的原文件：它被编辑器改动过'],
  ['this institution is no party of it, or under another key', '本机构不是其参与方，或密钥不同'],
  ['draft it anew with the cards that all parties have now', '请按各方现有的名片重新起草'],
  ['the files are of different contracts', '这些文件属于不同的合同'],
  ['compare them with show, and sign again what all parties mean', '请用 show 比较，并重新签署各方所指的合同'],
  ['check the path', '请检查路径'],
  ['there is one of this question already', '该查询已有合同'],
  ['look at it with show; to replace it, move {1} away', '请用 show 查看；如要替换，请移走 {1}'],
  ['the configuration has no signed question of this name', '配置中没有此名称的签署制查询'],
  ["add its terms to the configuration, with 'agreement': 'signed'", "请把其条款加入配置，并写 'agreement': 'signed'"],
  ['there is none of this question here', '此处没有该查询的合同'],
  ["it and the configuration say different things in '{1}'", "它与配置在 '{1}' 处不一致"],
  ['it has another key of a party than its card here', '其中某方的密钥与本地名片不同'],
  ['correct that line of the configuration, or have the contract drafted anew', '请更正配置中的该行，或重新起草合同'],
  ['this node has no folder', '本节点没有目录'],
  ['it is not the one in the folder of this node', '它不是本节点目录中的那一份'],
  [
    "add the file with 'contract add', and look at it again before signing",
    "请用 'contract add' 加入文件，签署前再次查看",
  ],
];

const here: readonly Phrase[] = [
  ['agree on a new contract, and have all parties sign it', '请约定新合同，并由全部参与方签署'],
  [
    "move its file away, agree on a new one with 'contract draft', and have all parties sign it",
    "请移走其文件，用 'contract draft' 约定新合同，并由全部参与方签署",
  ],
  [
    "the contract of this question and this version of the software say different things in '{1}'",
    "该查询的合同与本软件版本在 '{1}' 处不一致",
  ],
  [
    'the contract of this question and this version of the software say different things',
    '该查询的合同与本软件版本不一致',
  ],
  [
    'install the version that the other parties have, or have a contract drafted and signed with this one',
    '请安装其他各方所用的版本，或用本版本重新起草并签署合同',
  ],
  ['nothing has to be done here: the peer has reached a limit of the contract', '本地无须处理：对方已达合同限额'],
  ['there is no contract of this question here', '此处没有该查询的合同'],
  [
    "make one with 'contract draft', or add the file that another party has drafted with 'contract add'",
    "请用 'contract draft' 起草，或用 'contract add' 加入另一方起草的文件",
  ],
  ['the contract file of this question cannot be read', '该查询的合同文件无法读取'],
  [
    "see what 'contract show' says of it, and add the file as another party has it",
    "请看 'contract show' 如何说明，并加入另一方所存的文件",
  ],
  ['a party has not signed the contract of this question', '某方尚未签署该查询的合同'],
  [
    "have its operator sign it, and add the signature with 'contract add'",
    "请其操作员签署，并用 'contract add' 加入签名",
  ],
  ['a signature on the contract of this question is not that of its party', '该查询的合同上有签名不属于其所列方'],
  ['ask its operator for the file as it was signed there', '请向其操作员索取在其处签署的文件'],
  [
    'the contract of this question has another key of a party than its card here',
    '该查询的合同中某方的密钥与本地名片不同',
  ],
  [
    'compare the card with its operator; with new cards a new contract is needed',
    '请与其操作员核对名片；换了名片就需要新合同',
  ],
  [
    "the contract of this question and the configuration say different things in '{1}'",
    "该查询的合同与配置在 '{1}' 处不一致",
  ],
  ['the contract of this question and the configuration say different things', '该查询的合同与配置不一致'],
  ['correct the named line of the configuration, or agree on a new contract', '请更正配置中所指的一行，或约定新合同'],
  ['the contract of this question has expired', '该查询的合同已过期'],
  ['the contract of this question was revoked here', '该查询的合同已在本地撤销'],
  ['the run gives away more than the contract says', '该运行透露的内容超出合同所写'],
  [
    'the contract of this question does not have this institution among who may ask',
    '该查询的合同中，本机构不在可查询方之列',
  ],
  ['as many runs as the contract allows were answered', '已回答的运行次数达到合同上限'],
  ['as many runs as the contract allows failed while they began', '开始时失败的运行次数达到合同上限'],
  [
    'find out from the logs why they failed; in the next period of the contract runs may begin again',
    '请从日志查明失败原因；合同的下一期可重新开始',
  ],
  [
    'in this period of the contract there was an answer of other institutions, or under another contract',
    '合同的本期内已有来自其他机构或另一合同的结果',
  ],
  [
    'ask in the next period; answers that differ in whom they come from could be subtracted from each other',
    '请在下一期查询：来自不同机构的结果可以相减',
  ],
  ['the sizes that were declared in this period add up to what the contract allows', '本期声明的规模合计达到合同上限'],
  ['ask in the next period, or agree on a larger size', '请在下一期查询，或约定更大的规模'],
  ['the consent to it was revoked', '对它的同意已被撤销'],
  ['it was revoked here', '它已在本地撤销'],
  ['have a new one drafted: revoking is for ever', '请起草新合同：撤销不可恢复'],
  ['the consent to it has expired', '对它的同意已过期'],
  ['agree anew if the question is to be asked again', '如要再次查询，请重新约定'],
  ['no entry under allow has this id', 'allow 中没有带此 id 的条目'],
  ["see 'contract list' for what is there", "现有内容见 'contract list'"],
  [
    'extend the entry under allow, or give it a new id, if this peer should be answered again',
    '若应再次回答该机构，请延长 allow 中的条目，或给它新的 id',
  ],
  ['the question has no agreement', '该查询没有约定'],
];

const atPeer: readonly Phrase[] = [
  [
    'the party has no agreement of this question: no such contract, and no configured question of this name',
    '该方没有该查询的约定：既无此合同，也无此名称的配置查询',
  ],
  [
    'send its operator the contract file that all parties signed, or compare the names of the question',
    '请把全部参与方签署的合同文件发给对方操作员，或核对查询名称',
  ],
  ['the party cannot read its contract file', '该方无法读取其合同文件'],
  ['send its operator the contract file as it is here', '请把本地的合同文件发给对方操作员'],
  ['the party does not have the signatures of all parties on this contract', '该方没有此合同全部参与方的签名'],
  ['the party has a wrong signature on this contract', '该方的此合同上有错误的签名'],
  ['the party has another card of a party of this contract', '该方所存的合同某方名片不同'],
  ['the configuration of the party says something else than the contract', '该方的配置与合同不一致'],
  ['the version of the software of the party says something else than the contract', '该方的软件版本与合同不一致'],
  ['compare the named line of the contract with its operator', '请与对方操作员核对合同中所指的一行'],
  ['at the party, the contract has expired', '在该方，合同已过期'],
  ['the party has revoked the contract', '该方已撤销合同'],
  ['ask its operator why, and agree on a new contract', '请向对方操作员询问原因，并约定新合同'],
  ['at the party, the run gives away more than the contract says', '在该方，该运行透露的内容超出合同所写'],
  ['the contract does not have this institution among who may ask', '合同中本机构不在可查询方之列'],
  ['the party has answered as many runs as the contract allows', '该方已回答的运行次数达到合同上限'],
  [
    'at the party, as many runs as the contract allows failed while they began',
    '在该方，开始时失败的运行次数达到合同上限',
  ],
  [
    'the party has answered in this period with other institutions, or under another contract',
    '该方本期已与其他机构或按另一合同作答',
  ],
  ['ask in the next period of the contract', '请在合同的下一期查询'],
  [
    'the sizes that were declared to the party in this period add up to what the contract allows',
    '本期向该方声明的规模合计达到合同上限',
  ],
  ['ask in the next period of the contract, or agree on a larger size', '请在合同的下一期查询，或约定更大的规模'],
  [
    'the consent of the party to this question has ended: it expired, was revoked or is used up',
    '该方对该查询的同意已终止：过期、被撤销或用完',
  ],
  ['ask its operator for a new entry under allow', '请对方操作员在 allow 中加入新条目'],
];

const operators: readonly Phrase[] = [
  ['no operator of this node has signed the request', '没有本节点的操作员签署该请求'],
  [
    "name an operator of the configuration with --as; 'blindflag operator add' makes one",
    "请用 --as 写明配置中的操作员；可用 'blindflag operator add' 添加",
  ],
  ['the role {1} does not allow this request', '角色 {1} 不允许该请求'],
  ['for it one of these roles is needed: {1}', '需要以下角色之一：{1}'],
  ['the operator who asks has approved the contract of this question', '查询的操作员批准过该查询的合同'],
  ['have another requester ask', '请由另一位查询人查询'],
];

export const CONTRACT_PHRASES: readonly Phrase[] = [...configuration, ...files, ...here, ...atPeer, ...operators];
