import Crypto

/// A page that draws what the routes answer. It stands alone, and nothing else may come in.
enum ChartsPage {
    static let policy = """
        default-src 'none'; style-src 'sha256-\(digest(style))'; script-src 'sha256-\(digest(script))'; \
        connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    static let html = """
        <!doctype html><html lang="en"><meta charset="utf-8">\
        <meta name="viewport" content="width=device-width, initial-scale=1"><title>Payments</title>\
        <style>\(style)</style><h1>Payments</h1>\
        <p><label>Access token <input id="token" type="password" autocomplete="off"></label> \
        <button id="show">Show</button> <span id="state" role="status"></span></p>\
        <section><h2>Revenue, last 30 days</h2><div id="revenue"></div></section>\
        <section><h2>Orders that were paid</h2><div id="success"></div></section>\
        <section><h2>Members</h2><p id="churn"></p></section>\
        <section><h2>What waits</h2><dl id="overview"></dl></section><script>\(script)</script></html>
        """

    private static let style = """
        :root{color-scheme:light dark;--ink:#1d2327;--soft:#5b666d;--line:#d5dade;--paper:#fff;--in:#1f7a4d;--out:#b3372f}\
        @media(prefers-color-scheme:dark){:root{--ink:#e8ecef;--soft:#9aa6ad;--line:#39434a;--paper:#14191d;--in:#4cc38a;\
        --out:#f0837b}}\
        body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;padding:0 1rem;max-width:60rem;color:var(--ink);\
        background:var(--paper)}h1{font-size:1.5rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}h3{font-size:.9rem;\
        font-weight:600;color:var(--soft);margin:.75rem 0 0}svg{width:100%;height:auto;display:block}\
        .in{fill:var(--in)}.out{fill:var(--out)}line{stroke:var(--line)}text{font-size:11px;fill:var(--soft)}\
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem;margin:0}dt{color:var(--soft)}dd{margin:0;\
        font-variant-numeric:tabular-nums}input,button{font:inherit}p.none{color:var(--soft);margin:.25rem 0}
        """

    private static let script = """
        const $=id=>document.getElementById(id);
        const ask=async path=>{const r=await fetch(path,{headers:{Authorization:'Bearer '+$('token').value.trim()}});
        if(!r.ok)throw new Error(r.status===403?'This is for administrators.':r.status===401?'Sign in first.':'Failed: '+r.status);
        return r.json()};
        const make=(name,attributes,text)=>{const e=document.createElementNS('http://www.w3.org/2000/svg',name);
        for(const k in attributes)e.setAttribute(k,attributes[k]);if(text)e.textContent=text;return e};
        const say=(name,text,kind)=>{const e=document.createElement(name);e.textContent=text;if(kind)e.className=kind;return e};
        const bars=(rows,most,mark)=>{const width=900,left=70,top=14,floor=164,svg=make('svg',
        {viewBox:'0 0 '+width+' 190',role:'img'});
        const step=(width-left)/Math.max(rows.length,8),room=Math.ceil(64/step);
        for(const share of [0,.5,1]){const y=floor-share*(floor-top);
        svg.append(make('line',{x1:left,x2:width,y1:y,y2:y}),
        make('text',{x:left-8,y:y+4,'text-anchor':'end'},mark(most*share)))}
        rows.forEach((r,i)=>{const x=left+i*step+step*.15,wide=Math.min(step*.7,60);
        const tall=v=>Math.max(v?1:0,v/most*(floor-top));
        const bar=make('rect',{class:'in',x,y:floor-tall(r.value),width:wide,height:tall(r.value),rx:2});
        bar.append(make('title',{},r.title));svg.append(bar);
        if(r.back){const back=make('rect',{class:'out',x:x+wide*.6,y:floor-tall(r.back),width:wide*.4,height:tall(r.back),rx:2});
        back.append(make('title',{},r.title));svg.append(back)}
        if(i%room===0)svg.append(make('text',{x,y:floor+18},r.label))});return svg};
        const money=(minor,currency)=>new Intl.NumberFormat('en-IN',{style:'currency',currency,
        notation:minor>=1e7?'compact':'standard',maximumFractionDigits:minor>=1e6?0:2}).format(minor/100);
        const revenue=rows=>{const box=$('revenue');box.replaceChildren();
        if(!rows.length)box.append(say('p','No money came in or went out.','none'));
        for(const currency of [...new Set(rows.map(r=>r.currency))]){const own=rows.filter(r=>r.currency===currency);
        const sum=k=>own.reduce((s,r)=>s+r[k],0);
        box.append(say('h3',currency+': '+money(sum('revenue'),currency)+' in, '+money(sum('refunded'),currency)+' back'),
        bars(own.map(r=>({label:r.day.slice(5),value:r.revenue,back:r.refunded,
        title:r.day+': '+r.payments+' payments, '+money(r.revenue,currency)+' in, '+money(r.refunded,currency)+' back'})),
        Math.max(1,...own.map(r=>Math.max(r.revenue,r.refunded))),v=>money(v,currency)))}};
        const success=rows=>{$('success').replaceChildren(rows.length?bars(rows.map(r=>({label:r.provider,value:r.rate*100,
        title:r.paid+' of '+r.orders+' orders, '+r.failed+' failed, '+r.expired+' expired'})),100,v=>v+' %'):
        say('p','There were no orders.','none'))};
        const names={waitingWebhooks:'Webhooks to be processed',oldestWaitingWebhook:'The oldest of them',
        openOrders:'Open orders',excessPayments:'Payments in excess',contradictions:'Contradictions of providers',
        openRefunds:'Refunds under way',refundRequests:'Wishes for refunds',paymentsWithoutInvoice:'Payments without an invoice'};
        $('show').onclick=async()=>{$('state').textContent='…';try{
        const base=location.pathname.replace(/charts$/,'');
        revenue((await ask(base+'analytics/revenue?days=30')).data);
        success((await ask(base+'analytics/success?days=30')).data);
        const churn=await ask(base+'analytics/churn?days=30');
        $('churn').textContent=churn.members+' are members now. Of '+churn.ended+' whose time ended in 30 days, '+churn.left+' have left.';
        const overview=await ask(base+'overview');$('overview').replaceChildren();
        for(const k in names)$('overview').append(say('dt',names[k]),say('dd',overview[k]??'–'));
        $('state').textContent=''}catch(e){$('state').textContent=e.message}};
        """

    private static func digest(_ text: String) -> String { Base64.encode(Hash.sha256(text)) }
}
