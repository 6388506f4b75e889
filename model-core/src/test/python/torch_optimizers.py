"""Steps of PyTorch's own optimisers, for TensorUpdateTest and TableOptimizerTest.

Run in model-core with any PyTorch: python src/test/python/torch_optimizers.py
"""
import json
import pathlib
import re

import torch

RESOURCES = pathlib.Path(__file__).parent.parent / "resources/io/millrace"
STEPS = 6


def numbers(tensor, digits=7):
    return [round(x, digits) for x in tensor.flatten().tolist()]


def drawn(*shape):
    return torch.tensor(numbers(torch.randn(*shape), 3)).reshape(*shape)


def dense():
    """A tensor of seven weights, and what each rule makes of six gradients."""
    torch.manual_seed(1)
    start = drawn(7)
    gradients = [drawn(7) for _ in range(STEPS)]
    gradients[2][3] = 0
    rules = {
        "SGD": (torch.optim.SGD, dict(lr=0.1)),
        "ADAGRAD": (torch.optim.Adagrad, dict(lr=0.1, eps=1e-10)),
        "ADAGRAD, a large epsilon": (torch.optim.Adagrad, dict(lr=0.1, eps=0.5)),
        "ADAM": (torch.optim.Adam, dict(lr=0.1, betas=(0.9, 0.999), eps=1e-8)),
        "ADAM, a large epsilon": (torch.optim.Adam, dict(lr=0.1, betas=(0.6, 0.7), eps=0.5)),
    }
    cases = []
    for name, (rule, options) in rules.items():
        w = torch.nn.Parameter(start.clone())
        optimizer = rule([w], **options)
        after = []
        for gradient in gradients:
            w.grad = gradient.clone()
            optimizer.step()
            after.append(numbers(w))
        beta1, beta2 = options.get("betas", (0, 0))
        cases.append(
            dict(
                name=name,
                rule=name.split(",")[0],
                lr=options["lr"],
                beta1=beta1,
                beta2=beta2,
                epsilon=options.get("eps", 1),
                after=after,
            )
        )
    return dict(start=numbers(start), gradients=[numbers(g) for g in gradients], cases=cases)


def sparse():
    """A table of five rows; each batch is four bags whose vectors are sums of rows."""
    torch.manual_seed(2)
    rows, width = 5, 3
    start = drawn(rows, width)
    bags = [
        [[0], [1, 1], [], [0, 4]],
        [[3], [3], [3, 3], [3]],
        [[2, 0], [0], [1], []],
        [[4], [1, 2, 4], [0], [2]],
        [[], [], [1], []],
        [[0, 1, 2, 4], [0], [1], [4]],
    ]
    gradients = [drawn(4, width) for _ in bags]
    rules = {
        "SGD": torch.optim.SGD,
        "ADAGRAD": torch.optim.Adagrad,
        "ADAM": torch.optim.SparseAdam,
    }
    cases = []
    for name, rule in rules.items():
        table = torch.nn.EmbeddingBag(rows, width, mode="sum", sparse=True, _weight=start.clone())
        optimizer = rule(list(table.parameters()), lr=0.1)
        after = []
        for batch, gradient in zip(bags, gradients):
            ids = torch.tensor([row for bag in batch for row in bag], dtype=torch.long)
            ends = torch.tensor([len(bag) for bag in batch]).cumsum(0)
            offsets = torch.cat([torch.zeros(1, dtype=torch.long), ends[:-1]])
            optimizer.zero_grad()
            table(ids, offsets).backward(gradient)
            optimizer.step()
            after.append(numbers(table.weight))
        cases.append(dict(rule=name, lr=0.1, after=after))
    return dict(
        start=numbers(start),
        width=width,
        bags=bags,
        gradients=[numbers(g) for g in gradients],
        cases=cases,
    )


def write(path, content):
    content = dict(torch=torch.__version__, **content)
    text = json.dumps(content, indent=1)
    flat = re.compile(r"\[\s+((?:[-\d.e\[\], ]+\s+)+)\]")
    for _ in range(2):
        text = flat.sub(lambda m: "[" + " ".join(m[1].split()) + "]", text)
    path.write_text(text + "\n")


if __name__ == "__main__":
    write(RESOURCES / "dense/torch-optimizers.json", dense())
    write(RESOURCES / "table/torch-optimizers.json", sparse())
