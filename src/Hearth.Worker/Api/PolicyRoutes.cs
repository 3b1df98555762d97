using Hearth.Containers;
using Hearth.Control;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Api;

/// <summary>The egress policies of containers, as <c>hearth network policy</c> has them.</summary>
internal static class PolicyRoutes
{
    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        routes.MapGet($"{HearthApi.Prefix}/containers/{{container}}/policy", context => ReadAsync(context, engine));
        routes.MapPut($"{HearthApi.Prefix}/containers/{{container}}/policy", context => WriteAsync(context, engine));
        routes.MapGet($"{HearthApi.Prefix}/containers/{{container}}/policy/explain", context => ExplainAsync(context, engine));
    }

    private static Task ReadAsync(HttpContext context, Engine engine) =>
        Answers.JsonAsync(context, PolicyBody.Of(EgressRules.Of(Find(context, engine).Description.Network)), HearthJson.Default.PolicyBody);

    private static async Task WriteAsync(HttpContext context, Engine engine)
    {
        Container container = Find(context, engine);
        PolicyBody policy = await Answers.ReadAsync(context, HearthJson.Default.PolicyBody);
        await engine.Containers.ConfineAsync(container.Id, new EgressRules(policy.DenyEgress, policy.Allow ?? [], policy.Deny ?? []), context.RequestAborted);
        await ReadAsync(context, engine);
    }

    private static async Task ExplainAsync(HttpContext context, Engine engine)
    {
        string destination = Answers.Text(context, "destination") ?? throw ApiException.BadRequest("destination is missing: an address or a name, such as example.org:443");
        ExplainReply reply = await engine.Containers.ExplainAsync(Find(context, engine).Id, destination, context.RequestAborted);
        await Answers.JsonAsync(context, new ExplainAnswer(reply.IsAllowed, reply.Text), HearthJson.Default.ExplainAnswer);
    }

    private static Container Find(HttpContext context, Engine engine) => engine.Resolve(Answers.Route(context, "container"));
}

/// <summary>As <see cref="EgressRules"/>.</summary>
internal sealed record PolicyBody(bool DenyEgress, IReadOnlyList<string>? Allow, IReadOnlyList<string>? Deny)
{
    public static PolicyBody Of(EgressRules rules) => new(rules.DeniesEgress, rules.Allow, rules.Deny);
}

internal sealed record ExplainAnswer(bool Allowed, string Text);
